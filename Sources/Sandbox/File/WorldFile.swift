import Model

final class WorldFile {
    init(path: String, seed: UInt64) throws(ClusterError) {}
    func begin() throws(ClusterError) {}
    func commit() throws(ClusterError) {}
    func rollback() {}
    func hasMoved() throws(ClusterError) -> Bool { false }
    func load(settings: World.Settings, now: Double) throws(ClusterError) -> World { var w = World(seed: 1, now: now, settings: settings); w.bootstrap(); return w }
    func events(after: Int?) throws(ClusterError) -> [WorldEvent]? { [] }
    func timers() throws(ClusterError) -> [WorldTimer] { [] }
    func save(_ changes: WorldChanges, of world: World) throws(ClusterError) {}
}
