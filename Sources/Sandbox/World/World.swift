import Fields
import JSON
import Model

/// The simulated cluster as a value: every object, what is due when, and what has happened since it was last saved.
///
/// Objects change only through `put`, `remove` and what is built on them, so that every change has its own
/// resourceVersion, is told to watches, and wakes the controllers it concerns.
struct World: Sendable {
    /// Seconds since 1970; while the past is caught up with, the moment being simulated.
    private(set) var now: Double
    /// Up to when the past is caught up with.
    private(set) var horizon = 0.0
    /// The resourceVersion of the latest change.
    private(set) var version: Int
    /// Where names and uids come from; fixed for the life of a cluster.
    let seed: UInt64
    var settings: Settings

    private var shelves: [Shelf: [String: [String: LiveObject]]] = [:]
    private var addresses: [String: ResourceAddress] = [:]
    /// Objects by the uids of their owners.
    private var dependants: [String: Set<ResourceAddress>] = [:]
    private(set) var custom: [ResourceType: ServedKind] = [:]

    private(set) var timers: [WorldTimer] = []
    /// What controllers still have to look at.
    var work = WorkQueue()
    /// What must be saved.
    private(set) var changes = WorldChanges()

    struct Settings: Sendable {
        var speed: SandboxSpeed = .multiplied(1)
        var faults = SandboxFaults()
    }

    struct Shelf: Sendable, Hashable {
        let group: String
        let kind: String
    }

    init(seed: UInt64, now: Double, version: Int = 0, settings: Settings = Settings()) {
        self.seed = seed
        self.now = now
        self.version = version
        self.settings = settings
    }

    var timestamp: String { Timestamp(seconds: Int(now)).description }

    // MARK: Reading

    func served(_ type: ResourceType) -> ServedKind? {
        ServedKind.builtIn[type] ?? custom[type]
    }

    subscript(_ address: ResourceAddress) -> LiveObject? {
        shelves[Shelf(group: address.group, kind: address.kind)]?[address.namespace ?? ""]?[address.name]
    }

    func object(uid: String) -> LiveObject? {
        addresses[uid].flatMap { self[$0] }
    }

    func object(_ kind: String, group: String = "", _ namespace: String?, _ name: String) -> LiveObject? {
        shelves[Shelf(group: group, kind: kind)]?[namespace ?? ""]?[name]
    }

    /// The objects of a kind, of one namespace or of all, by namespace and name.
    func objects(_ kind: String, group: String = "", in namespace: String? = nil) -> [LiveObject] {
        guard let shelf = shelves[Shelf(group: group, kind: kind)] else { return [] }
        if let namespace { return (shelf[namespace] ?? [:]).values.sorted { $0.address.name < $1.address.name } }
        return shelf.sorted { $0.key < $1.key }.flatMap { $0.value.values.sorted { $0.address.name < $1.address.name } }
    }

    /// Everything in a namespace.
    func content(of namespace: String) -> [LiveObject] {
        shelves.values.flatMap { $0[namespace].map { Array($0.values) } ?? [] }.sorted { $0.address < $1.address }
    }

    /// Everything, for saving and counting.
    var all: [LiveObject] {
        shelves.values.flatMap { $0.values.flatMap { Array($0.values) } }
    }

    func dependants(of uid: String) -> [LiveObject] {
        (dependants[uid] ?? []).sorted().compactMap { self[$0] }
    }

    /// Pods whose controller is this object, by name.
    func pods(of owner: LiveObject) -> [LiveObject] {
        dependants(of: owner.uid).filter { $0.address.kind == "Pod" && $0.address.group.isEmpty }
    }

    // MARK: Changing

    /// Stores the object under the next resourceVersion; gives it a uid and its times when it is new.
    @discardableResult
    mutating func put(_ content: JSONValue, managers: [ManagedFields]) -> LiveObject {
        version += 1
        var content = content
        let (moment, number, new) = (timestamp, version, uid(at: version))
        content.setDefault("metadata", [:])
        content.change("metadata") { metadata in
            metadata["resourceVersion"] = .string(String(number))
            metadata.setDefault("uid", .string(new))
            metadata.setDefault("creationTimestamp", .string(moment))
        }
        let object = LiveObject(content: content, managers: managers)
        let old = shelve(object)
        changes.events.append(
            WorldEvent(
                version: version, kind: old == nil ? .added : .modified, object: object,
                oldLabels: old?.metadata["labels"]))
        wake(for: object, old: old)
        if old == nil {
            // What belongs to nothing that exists is garbage from the start.
            for owner in object.owners where self.object(uid: owner) == nil {
                schedule(.collect, subject: owner, after: 0.1)
            }
        }
        return object
    }

    /// Takes the object away at once, whatever its finalizers.
    mutating func remove(_ address: ResourceAddress) {
        guard let object = self[address] else { return }
        version += 1
        unshelve(object)
        var content = object.content
        content.change("metadata") { $0["resourceVersion"] = .string(String(version)) }
        let last = LiveObject(content: content, managers: object.managers)
        changes.events.append(
            WorldEvent(version: version, kind: .deleted, object: last, oldLabels: object.metadata["labels"]))
        if dependants[object.uid] != nil { schedule(.collect, subject: object.uid, after: 0.1) }
        wake(for: object, old: object)
    }

    /// Takes over what another process did, or what was saved: no new version, nobody is woken.
    mutating func replay(_ event: WorldEvent) {
        version = max(version, event.version)
        if event.kind == .deleted { unshelve(event.object) } else { shelve(event.object) }
    }

    mutating func replay(timers: [WorldTimer]) {
        self.timers = timers.sorted()
    }

    mutating func takeChanges() -> WorldChanges {
        defer { changes = WorldChanges() }
        return changes
    }

    @discardableResult
    private mutating func shelve(_ object: LiveObject) -> LiveObject? {
        let address = object.address
        let shelf = Shelf(group: address.group, kind: address.kind)
        let old = shelves[shelf, default: [:]][address.namespace ?? "", default: [:]].updateValue(
            object, forKey: address.name)
        if let old { forgetOwners(of: old) }
        addresses[object.uid] = address
        for owner in object.owners { dependants[owner, default: []].insert(address) }
        if address.kind == "CustomResourceDefinition" {
            for kind in old.map(ServedKind.custom) ?? [] { custom[kind.type] = nil }
            for kind in ServedKind.custom(object) { custom[kind.type] = kind }
        }
        return old
    }

    private mutating func unshelve(_ object: LiveObject) {
        let address = object.address
        let shelf = Shelf(group: address.group, kind: address.kind)
        shelves[shelf]?[address.namespace ?? ""]?[address.name] = nil
        addresses[object.uid] = nil
        forgetOwners(of: object)
        if address.kind == "CustomResourceDefinition" {
            for kind in ServedKind.custom(object) { custom[kind.type] = nil }
        }
    }

    private mutating func forgetOwners(of object: LiveObject) {
        for owner in object.owners {
            dependants[owner]?.remove(object.address)
            if dependants[owner]?.isEmpty == true { dependants[owner] = nil }
        }
    }

    // MARK: Names that are made

    /// The uid of the object created at a version: a random-looking UUID, the same in every run of the same cluster.
    private func uid(at version: Int) -> String {
        let (high, low) = (mix(UInt64(version) &* 2), mix(UInt64(version) &* 2 &+ 1))
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (word, half) in [(high, 0), (low, 1)] {
            for nibble in 0..<16 {
                let place = half * 16 + nibble
                if [8, 12, 16, 20].contains(place) { text.append(UInt8(ascii: "-")) }
                var value = Int(word >> (60 - nibble * 4) & 0xF)
                if place == 12 { value = 4 }
                if place == 16 { value = 8 | value & 3 }
                text.append(digits[value])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `prefix` and five characters that no pod of the namespace has; the same ones again until the pod is made.
    func freeName(_ prefix: String, for owner: LiveObject) -> String {
        let start = mix(owner.uid)
        var name = ""
        var number: UInt64 = 0
        repeat {
            name = "\(prefix)-\(Self.safe(mix(start &+ number), count: 5))"
            number += 1
        } while object("Pod", owner.address.namespace, name) != nil
        return name
    }

    /// A random-looking number that belongs to `value` in this cluster.
    func mix(_ value: UInt64) -> UInt64 {
        var mixed = seed &+ value &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A random-looking number that belongs to a text in this cluster.
    func mix(_ text: String) -> UInt64 {
        mix(text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// The characters that Kubernetes takes for names it makes: no vowels, nothing that looks like another.
    static func safe(_ number: UInt64, count: Int) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        var number = number
        var text: [UInt8] = []
        for _ in 0..<count {
            text.append(alphabet[Int(number % UInt64(alphabet.count))])
            number /= UInt64(alphabet.count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: Time

    /// Seconds as this cluster's speed makes them.
    func scaled(_ seconds: Double) -> Double { settings.speed.scaled(seconds) }

    mutating func schedule(_ action: WorldTimer.Action, subject: String, detail: String = "", after seconds: Double) {
        schedule(action, subject: subject, detail: detail, at: now + scaled(seconds))
    }

    mutating func schedule(_ action: WorldTimer.Action, subject: String, detail: String = "", at due: Double) {
        let timer = WorldTimer(due: due, action: action, subject: subject, detail: detail)
        guard !timers.contains(timer) else { return }
        let index = timers.firstIndex { timer < $0 } ?? timers.endIndex
        timers.insert(timer, at: index)
        changes.timers.append((timer, true))
    }

    func isScheduled(_ action: WorldTimer.Action, subject: String) -> Bool {
        timers.contains { $0.action == action && $0.subject == subject }
    }

    mutating func cancel(_ actions: [WorldTimer.Action], subject: String) {
        let cancelled = timers.filter { $0.subject == subject && actions.contains($0.action) }
        guard !cancelled.isEmpty else { return }
        timers.removeAll { $0.subject == subject && actions.contains($0.action) }
        changes.timers += cancelled.map { ($0, false) }
    }

    /// When something happens next by itself.
    var nextDue: Double? { timers.first?.due }

    /// Lets everything happen that is due up to `time`, each at its own moment and in order.
    mutating func advance(to time: Double) {
        horizon = time
        settle()
        while let timer = timers.first, timer.due <= time {
            now = max(now, timer.due)
            timers.removeFirst()
            changes.timers.append((timer, false))
            run(timer)
            settle()
        }
        now = max(now, time)
    }
}

extension LiveObject {
    /// The uids of its owners.
    var owners: [String] {
        metadata.items("ownerReferences").compactMap { $0["uid"]?.string }
    }

    /// The uid of the owner that controls it.
    var controller: JSONValue? {
        metadata.items("ownerReferences").first { $0["controller"] == true }
    }
}
