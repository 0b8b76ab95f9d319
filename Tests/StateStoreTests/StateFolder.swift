import Digest
import Fields
import Glibc
import JSON
import Model
import SQLite
import StateStore

/// A folder for one test's state, removed with it.
final class StateFolder {
    let path: String

    init() {
        var template = Array("/tmp/kreform-state-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var file: String { path + "/kreform.db" }

    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func mode(_ name: String) -> UInt32 {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? status.st_mode & 0o777 : 0
    }

    func open(command: String = "apply", schema: StateSchema = .current) throws -> StateStore {
        try StateStore.open(at: file, holder: "ada@host", command: command, schema: schema)
    }

    func read() throws -> StateSnapshot { try StateStore.read(at: file) }

    /// Copies the database and its log, as a crash would leave them, to another folder.
    func crashed() -> StateFolder {
        let other = StateFolder()
        for name in ["kreform.db", "kreform.db-wal"] {
            write(bytes(name), to: "\(other.path)/\(name)")
        }
        return other
    }

    func bytes(_ name: String) -> [UInt8] {
        let file = Glibc.open("\(path)/\(name)", O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = Glibc.read(file, &buffer, buffer.count), count > 0 { all += buffer.prefix(count) }
        return all
    }

    func write(_ bytes: [UInt8], to path: String) {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }
}

let cluster = ClusterIdentity(name: "sandbox", uid: "c-1")
let time = Timestamp(seconds: 1_800_000_000)

func address(_ name: String, kind: String = "ConfigMap") -> ResourceAddress {
    ResourceAddress(group: "", kind: kind, namespace: "e-r", name: name)
}

func manifest(_ name: String) -> Manifest {
    Manifest(
        sealed: [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "e-r"],
            "data": ["a": "b"],
        ], dependsOn: [ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: "e-r")])
}

func record(_ name: String, uid: String = "u-1") -> ObjectRecord {
    ObjectRecord(
        address: address(name), entity: .runtime("r"), apiVersion: "v1", uid: uid, resourceVersion: "7", generation: nil,
        applied: manifest(name).content, owned: FieldSet(fieldsV1: ["f:data": ["f:a": [:]]]),
        dependsOn: manifest(name).dependsOn, appliedAt: time)
}

func creation(_ name: String) -> Change {
    Change(
        id: 0, action: .create, address: address(name), apiVersion: "v1", entity: .runtime("r"), manifest: manifest(name),
        prior: nil, differences: [], reasons: [.newInFile], predecessors: [])
}

func deletion(_ name: String) -> Change {
    Change(
        id: 0, action: .delete, address: address(name), apiVersion: "v1", entity: .runtime("r"), manifest: nil,
        prior: Change.Prior(uid: "u-1", fields: [:]), differences: [], reasons: [.destroy], predecessors: [])
}

extension StateStore {
    func beginTestRun() throws -> Run.ID {
        try beginRun(command: "apply", who: "ada@host", comment: "why", planDigest: "sha256:0", at: time)
    }
}
