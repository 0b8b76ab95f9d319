import Fields
import JSON
import Model

/// A simulated Kubernetes cluster in a file of its own: server-side apply with field ownership, controllers that make
/// pods and Endpoints, time that passes, namespaces that terminate, watches, and faults on demand.
///
/// Nothing runs in the background. Each request first lets everything happen that was due since the last one, whichever
/// process made that; watches look again when the next thing is due. Several processes may use one file at a time.
package actor SandboxCluster: Cluster {
    package struct Options: Sendable {
        package var speed: SandboxSpeed
        package var faults: SandboxFaults
        /// Seconds since 1970.
        package var now: @Sendable () -> Double
        /// Where uids and made names come from, when the file is new.
        package var seed: UInt64
        /// How many of the latest changes watches can go back to, at least.
        package var history: Int

        package init(
            speed: SandboxSpeed = .multiplied(1), faults: SandboxFaults = SandboxFaults(),
            now: @escaping @Sendable () -> Double = SandboxClock.wall, seed: UInt64 = .random(in: .min ... .max),
            history: Int = 10_000
        ) {
            self.speed = speed
            self.faults = faults
            self.now = now
            self.seed = seed
            self.history = history
        }
    }

    let options: Options
    private let file: WorldFile
    private var loaded: World?
    private(set) var history: WorldHistory
    private var requests = 0
    private var answered: [Int: Int] = [:]
    private var pauses: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextPause = 0

    /// Opens the cluster kept at `path`, or makes a new one there (mode 0600).
    package init(path: String, options: Options = Options()) throws(ClusterError) {
        self.options = options
        history = WorldHistory(after: 0, limit: options.history)
        file = try WorldFile(path: path, seed: options.seed, history: options.history)
    }

    // MARK: Cluster

    package func identity() async throws(ClusterError) -> ClusterIdentity {
        let world = try look()
        return ClusterIdentity(name: "sandbox", uid: world.object("Namespace", nil, "kube-system")?.uid ?? "")
    }

    package func list(
        _ query: ObjectQuery, keep: @Sendable (LiveObject) -> LiveObject
    ) async throws(ClusterError) -> ObjectList {
        let request = SandboxRequest(verb: .list, kind: query.type.kind, namespace: query.namespace)
        return try await answer(request) { cluster throws(ClusterError) in
            let world = try cluster.look()
            guard let kind = world.served(query.type) else { throw .noSuchResource() }
            let objects = world.objects(kind.kind, group: kind.group, in: query.namespace).filter { object in
                object.apiVersion == query.type.apiVersion && query.selects(object.metadata["labels"]) && query.selects(object.content)
            }
            return ObjectList(objects: objects.map(keep), resourceVersion: String(world.version))
        }
    }

    package func get(
        _ type: ResourceType, namespace: String?, name: String
    ) async throws(ClusterError) -> LiveObject? {
        let request = SandboxRequest(verb: .get, kind: type.kind, namespace: namespace, name: name)
        return try await answer(request) { cluster throws(ClusterError) in
            let world = try cluster.look()
            guard let kind = world.served(type) else { throw .noSuchResource() }
            return world.object(kind.kind, group: kind.group, namespace, name)
        }
    }

    /// Simulated containers write when they start and when they end.
    package func log(_ request: LogRequest) async throws(ClusterError) -> [String] {
        let pods = ResourceType(apiVersion: "v1", kind: "Pod")
        guard let pod = try await get(pods, namespace: request.namespace, name: request.pod) else {
            throw ClusterError(.notFound, "pods \"\(request.pod)\" not found")
        }
        let status = pod.content["status"]
        let all = (status?["initContainerStatuses"]?.array ?? []) + (status?["containerStatuses"]?.array ?? [])
        guard let container = all.first(where: { $0["name"]?.string == request.container }) else { return [] }
        let ended = container[request.previous ? "lastState" : "state"]?["terminated"]
        guard ended != nil || !request.previous && container["state"]?["running"] != nil else { return [] }
        let started = "started \(container["image"]?.string ?? "")"
        let lines = [started] + (ended?["exitCode"]?.integer.map { ["ended with code \($0)"] } ?? [])
        return Array(lines.suffix(request.lines))
    }

    package func apply(_ request: ApplyRequest) async throws(ClusterError) -> ApplyResult {
        try await apply(request, as: FieldManager.kreform, force: true)
    }

    package func delete(_ request: DeleteRequest) async throws(ClusterError) {
        let about = SandboxRequest(
            verb: .delete, kind: request.type.kind, namespace: request.namespace, name: request.name)
        try await answer(about) { cluster throws(ClusterError) in
            try cluster.write { world throws(ClusterError) in
                try world.delete(request.type, namespace: request.namespace, name: request.name, uid: request.uid)
            }
        }
    }

    // MARK: As others

    /// A server-side apply under any manager; without `force` fields of others are refused as conflicts.
    package func apply(
        _ request: ApplyRequest, as manager: String, force: Bool
    ) async throws(ClusterError) -> ApplyResult {
        let metadata = request.object["metadata"]
        let about = SandboxRequest(
            verb: .apply, kind: request.object["kind"]?.string ?? "", namespace: metadata?["namespace"]?.string,
            name: metadata?["name"]?.string)
        let writer = World.Writer(manager: manager, force: force)
        return try await answer(about) { cluster throws(ClusterError) in
            if request.dryRun {
                let world = try cluster.look()
                let prepared = try world.prepareApply(
                    request.object, writer: writer, uid: request.uid, isNew: request.isNew)
                return ApplyResult(object: world.preview(prepared), created: prepared.created)
            }
            return try cluster.write { world throws(ClusterError) in
                let prepared = try world.prepareApply(
                    request.object, writer: writer, uid: request.uid, isNew: request.isNew)
                return ApplyResult(object: world.commit(prepared), created: prepared.created)
            }
        }
    }

    /// Changes an object as `kubectl edit` does: another manager, no server-side apply. Nothing but the status can not
    /// be changed this way.
    @discardableResult
    package func edit(
        _ type: ResourceType, namespace: String?, name: String, as manager: String = "kubectl-edit",
        _ change: @Sendable (inout JSONValue) -> Void
    ) throws(ClusterError) -> LiveObject {
        try update(type, namespace, name, manager, change)
    }

    /// Sets the number of a workload's replicas as `kubectl scale` and autoscalers do, through the scale subresource: up to Kubernetes
    /// 1.21 the server writes down nobody for that, and who owned the field before still does.
    @discardableResult
    package func scale(
        _ type: ResourceType, namespace: String?, name: String, to replicas: Int
    ) throws(ClusterError) -> LiveObject {
        try update(type, namespace, name, nil) { $0["spec"]?["replicas"] = .integer(replicas) }
    }

    private func update(
        _ type: ResourceType, _ namespace: String?, _ name: String, _ manager: String?, _ change: @Sendable (inout JSONValue) -> Void
    ) throws(ClusterError) -> LiveObject {
        try write { world throws(ClusterError) in
            guard let kind = world.served(type) else { throw .noSuchResource() }
            guard let object = world.object(kind.kind, group: kind.group, namespace, name) else {
                throw .notFound(kind, name)
            }
            var content = object.content
            change(&content)
            return world.commit(try world.prepareUpdate(content, manager: manager))
        }
    }

    /// Every object there is, in order.
    package func everything() throws(ClusterError) -> [LiveObject] {
        try look().all.sorted { $0.address < $1.address }
    }

    /// When something happens next by itself, in seconds since 1970.
    package func nextDue() throws(ClusterError) -> Double? {
        try look().nextDue
    }

    // MARK: The world behind

    /// The world at this moment. Writes to the file only what time has brought about.
    func look() throws(ClusterError) -> World {
        if let world = loaded, !(try file.hasMoved()), world.nextDue.map({ $0 > options.now() }) ?? true {
            return world
        }
        return try write { world throws(ClusterError) in world }
    }

    /// One request, in one transaction. When it is refused, only what time has brought about is kept.
    func write<Answer>(
        _ body: (inout World) throws(ClusterError) -> Answer
    ) throws(ClusterError) -> Answer {
        try file.begin()
        var result: Result<Answer, ClusterError>
        do throws(ClusterError) {
            var world = try current()
            loaded = nil
            world.advance(to: options.now())
            do throws(ClusterError) { result = .success(try body(&world)) } catch { result = .failure(error) }
            world.advance(to: options.now())
            let changes = world.takeChanges()
            try file.save(changes, of: world)
            try file.commit()
            history.add(changes.events)
            loaded = world
            if !changes.events.isEmpty { resumeAll() }
        } catch {
            // What is in memory may be ahead of the file: read it anew next time.
            loaded = nil
            file.rollback()
            throw error
        }
        return try result.get()
    }

    /// The world as the file has it, within a transaction.
    private func current() throws(ClusterError) -> World {
        let settings = World.Settings(speed: options.speed, faults: options.faults)
        if var world = loaded {
            guard try file.hasMoved() else { return world }
            if let events = try file.events(after: world.version) {
                for event in events { world.replay(event) }
                world.replay(timers: try file.timers())
                history.add(events)
                return world
            }
        }
        var world = try file.load(settings: settings, now: options.now())
        history = WorldHistory(after: world.version, limit: options.history)
        world.advance(to: options.now())
        // Faults may have been taken away since.
        for namespace in world.objects("Namespace") { world.work.add(.waitingPods(namespace.address.name)) }
        return world
    }

    /// The changes after a resourceVersion, in order; refused as gone when some of them are forgotten.
    func changes(after version: Int) throws(ClusterError) -> [WorldEvent] {
        if let events = history.events(after: version) { return Array(events) }
        guard let events = try file.events(after: version) else { throw .tooOld(version, history.forgotten) }
        return events
    }

    // MARK: Faults

    /// Counts the request and answers it, with delay and faults as they are set.
    private func answer<Answer: Sendable>(
        _ request: SandboxRequest, _ body: (isolated SandboxCluster) throws(ClusterError) -> Answer
    ) async throws(ClusterError) -> Answer {
        requests += 1
        let number = requests
        if options.faults.latency > 0 { try? await Task.sleep(for: .seconds(options.faults.latency)) }
        for (index, fault) in options.faults.requests.enumerated() where fault.concerns(request, number: number) {
            let times = answered[index, default: 0]
            if let most = fault.times, times >= most { continue }
            answered[index] = times + 1
            if fault.answer == .lost { _ = try body(self) }
            throw fault.answer.error(request)
        }
        return try body(self)
    }

    /// Counts a watch; the fault that concerns it, if one does.
    func faultOfWatch(_ query: ObjectQuery) async -> ClusterError? {
        let request = SandboxRequest(verb: .watch, kind: query.type.kind, namespace: query.namespace)
        do throws(ClusterError) {
            try await answer(request) { _ throws(ClusterError) in () }
            return nil
        } catch {
            return error
        }
    }

    // MARK: Waiting

    /// Returns when something has changed in this process, at the latest after `seconds`.
    func pause(seconds: Double) async {
        nextPause += 1
        let number = nextPause
        await withCheckedContinuation { continuation in
            pauses[number] = continuation
            Task {
                try? await Task.sleep(for: .seconds(seconds))
                self.resume(number)
            }
        }
    }

    private func resume(_ number: Int) {
        pauses.removeValue(forKey: number)?.resume()
    }

    private func resumeAll() {
        let waiting = pauses
        pauses = [:]
        for (_, continuation) in waiting { continuation.resume() }
    }
}

extension ObjectQuery {
    /// Whether fields have all that is asked for.
    func selects(_ content: JSONValue) -> Bool {
        fields.allSatisfy { path, value in
            let names = path.split(separator: ".").map { FieldPath.Element.field(String($0)) }
            return (Fields.value(at: FieldPath(names), in: content)?.string ?? "") == value
        }
    }

    /// Whether labels have all that is asked for.
    func selects(_ labels: JSONValue?) -> Bool {
        self.labels.allSatisfy { labels?[$0.key]?.string == $0.value }
    }
}
