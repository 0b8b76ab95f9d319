import Configuration
import Digest
import FoundationEssentials
import JSON
import Model
import Planning
import Rendering
import StateStore

extension Engine {
    /// The plan that brings the cluster to what the files say, or that destroys what Kreform made. Changes nothing and needs no
    /// lock. `isToBeSaved` makes the state when there is none: sensitive values are compared under its key. `leaving` are
    /// objects, `ADDRESS` or `ADDRESS#FIELD`, whose drift stays as it is.
    package func plan(
        _ mode: EngineMode, leaving: [String] = [], isToBeSaved: Bool = false
    ) async throws(EngineFailure) -> Planned {
        let place = StatePlace(settings, folder: LoadedState.folder(of: settings.path))
        let stored = Task { await reading(place) }
        var early: (cluster: any Cluster, warnings: [Diagnostic])?
        let loaded = await load { context in
            early = Self.begin(place, context)
            // What was begun goes out first: reading packages keeps the thread.
            await Task.yield()
        }
        let (desired, warnings) = try Self.sound(loaded, for: mode)
        var snapshot = try await stored.value.get()
        if isToBeSaved, snapshot.key == nil {
            await (try open(place, command: "plan")).close()
            snapshot = try read(place)
        }
        // What a run has under way now is not unfinished.
        let isRunning = !snapshot.openEntries.isEmpty && StateStore.isHeld(at: place.path)
        var generator = SystemRandomNumberGenerator()
        let keys = snapshot.keys ?? StateKeys(own: DigestKey(using: &generator))
        let (reached, cautions) = if let early { early } else { try place.connect(loaded) }
        let rendering = { [state = snapshot.state] in Rendering.render(desired, keys: keys, generations: $0).sharing(state) }
        let known = Generations(snapshot.state)
        let rendered = rendering(known)
        let look = Look(
            cluster: NamespacedCluster(reached, rendered, state: snapshot.state, open: snapshot.openEntries), key: keys.own,
            notice: settings.notice)
        let leaves = try Self.leaves(leaving, of: rendered)
        let packages = try place.packageStores(of: desired, cluster: reached)
        let view = try await look.view(
            mode.planMode, rendered: rendered, for: known, rendering, leaving: leaves, packages: packages, state: snapshot.state,
            open: isRunning ? [] : snapshot.openEntries)
        var planned = try view.plan(
            mode, leaving: leaves, after: snapshot.runs, warnings: warnings + cautions + (isRunning ? [.runUnderWay] : []),
            explained: loaded.explained)
        planned.sensitiveVariables = loaded.sensitiveVariables
        planned.isProvisional = snapshot.keys == nil
        return planned.adding(
            try await look.bystanders(of: planned.plan, snapshot.state),
            mode == .apply ? await look.needs(of: view.rendered, loaded) : [])
    }

    /// Writes a plan to a file, whole or not at all.
    package static func save(_ planned: Planned, to path: String) throws(EngineFailure) {
        do {
            try Data(planned.document.encodedBytes() + [UInt8(ascii: "\n")]).write(to: URL(filePath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw EngineFailure([Diagnostic(
                code: "unwritable-file", summary: "The plan cannot be written to \(path)",
                detail: "Check that the folder is there, that it can be written to, and that the disk is not full.")])
        }
    }

    /// A saved plan, as it was saved.
    package static func readPlan(at path: String) throws(EngineFailure) -> Planned {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw EngineFailure([Diagnostic(
                code: "unreadable-file", summary: "The plan \(path) cannot be read",
                detail: "Check its name. `kreform plan --out FILE` saves a plan.")])
        }
        do throws(Diagnostic) {
            return Planned(try PlanDocument.read(Array(bytes), file: path))
        } catch {
            throw EngineFailure([error])
        }
    }

    static func leaves(_ texts: [String], of rendered: RenderedState) throws(EngineFailure) -> [Leave] {
        let (leaves, diagnostics) = Leave.read(texts, of: rendered)
        guard diagnostics.isEmpty else { throw EngineFailure(diagnostics) }
        return leaves
    }

    // MARK: State

    /// Connects, and begins to list what the state has, while all of it is read, packages are, and objects rendered. Nil when that
    /// cannot be done.
    private static func begin(
        _ place: StatePlace, _ context: Located<String>?
    ) -> (cluster: any Cluster, warnings: [Diagnostic])? {
        guard let reached = try? place.connect(context) else { return nil }
        if let known = StateStore.kinds(at: place.path) {
            let types = Set(known.types).union([NamespacedCluster.namespaceType])
            reached.cluster.expect(types.sorted().map { Refresh.query($0, engine: known.engine) })
        }
        return reached
    }

    private func reading(_ place: StatePlace) async -> Result<StateSnapshot, EngineFailure> {
        do throws(EngineFailure) { return .success(try read(place)) } catch { return .failure(error) }
    }

    func read(_ place: StatePlace) throws(EngineFailure) -> StateSnapshot {
        do throws(StateStoreError) { return try StateStore.read(at: place.path) } catch {
            throw EngineFailure(error, path: place.path)
        }
    }

    /// The state for writing: no other run may have it meanwhile.
    func open(_ place: StatePlace, command: String) throws(EngineFailure) -> StateStore {
        do throws(StateStoreError) {
            return try StateStore.open(at: place.path, holder: Operator.name(settings.environment), command: command)
        } catch {
            throw EngineFailure(error, path: place.path)
        }
    }
}

/// What a plan is made for: to bring about what the files say, or to take everything away.
package enum EngineMode: Sendable, Hashable {
    case apply, destroy

    var planMode: Plan.Mode { self == .apply ? .apply : .destroy }
}

extension Diagnostic {
    fileprivate static let runUnderWay = Diagnostic(
        .warning, code: "run-under-way", summary: "Another run is changing the cluster now",
        detail: "The plan shows what is left at this moment. Wait until that run has ended for one that holds.")
}
