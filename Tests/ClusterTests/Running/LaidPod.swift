import FoundationEssentials
import Glibc
import JSON
import TestSupport

/// Objects that pods refer to, as the server has them.
struct Referents {
    private var configMaps: [String: [String: String]] = [:]
    private var secrets: [String: [String: String]] = [:]

    /// - Parameter list: what `kubectl get configmaps,secrets --output=json` gives.
    init(_ list: JSONValue) {
        for object in list["items"]?.array ?? [] {
            guard let name = object["metadata"]?["name"]?.string else { continue }
            let data = (object["data"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") }
            switch object["kind"]?.string {
            case "ConfigMap": configMaps[name] = Dictionary(data) { first, _ in first }
            case "Secret":
                let texts = data.map { ($0.0, String(decoding: Data(base64Encoded: $0.1) ?? Data(), as: UTF8.self)) }
                secrets[name] = Dictionary(texts) { first, _ in first }
            default: break
            }
        }
    }

    func configMap(_ name: JSONValue?) throws -> [String: String] { try found(configMaps, name, "ConfigMap") }
    func secret(_ name: JSONValue?) throws -> [String: String] { try found(secrets, name, "Secret") }

    private func found(_ objects: [String: [String: String]], _ name: JSONValue?, _ kind: String) throws -> [String: String] {
        guard let data = objects[name?.string ?? ""] else { throw NotLaidOut("\(kind) \(name?.string ?? "") is not there") }
        return data
    }
}

/// Why a pod could not be laid out: as a kubelet, it would wait.
struct NotLaidOut: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What a container finds when it starts.
struct LaidContainer {
    let name: String
    let environment: [String: String]
    /// The folder that stands for its `/`.
    let root: String

    func has(_ path: String) -> Bool { access(root + path, F_OK) == 0 }
    func text(_ path: String) -> String { String(decoding: contents(of: root + path), as: UTF8.self) }
}

/// A pod's volumes and containers laid out in a folder as the kubelet and the init containers would, by the page of Kubernetes on
/// environment variables (https://kubernetes.io/docs/tasks/inject-data-application/) and on volumes
/// (https://kubernetes.io/docs/concepts/storage/volumes/).
struct LaidPod {
    let containers: [String: LaidContainer]

    /// Runs the scripts of the init containers. Throws what a kubelet would report.
    /// - Parameters:
    ///   - pod: `spec.template.spec` of a workload.
    ///   - folder: is made.
    init(_ pod: JSONValue, _ referents: Referents, in folder: String) async throws {
        var volumes: [String: String] = [:]
        for volume in pod["volumes"]?.array ?? [] {
            let name = volume["name"]?.string ?? "", path = "\(folder)/volumes/\(name)"
            system("mkdir -p '\(path)'")
            volumes[name] = path
            for (file, text) in try Self.files(volume, referents) { try Self.write(text, to: "\(path)/\(file)") }
        }
        for container in pod["initContainers"]?.array ?? [] { try await Self.run(container, volumes, referents) }
        var containers: [String: LaidContainer] = [:]
        for container in pod["containers"]?.array ?? [] {
            let name = container["name"]?.string ?? ""
            let root = "\(folder)/\(name)"
            try Self.mount(container, volumes, at: root)
            containers[name] = LaidContainer(
                name: name, environment: try Self.environment(of: container, referents), root: root)
        }
        self.containers = containers
    }

    // MARK: Files

    private static func files(_ volume: JSONValue, _ referents: Referents) throws -> [(String, String)] {
        if volume["emptyDir"] != nil { return [] }
        let source: JSONValue?, data: [String: String]
        if let map = volume["configMap"] {
            (source, data) = (map, try referents.configMap(map["name"]))
        } else if let secret = volume["secret"] {
            (source, data) = (secret, try referents.secret(secret["secretName"]))
        } else {
            throw NotLaidOut("volume \(volume.encoded()) is not known here")
        }
        guard let items = source?["items"]?.array else { return data.map { ($0.key, $0.value) } }
        return try items.map { item in
            guard let text = data[item["key"]?.string ?? ""] else { throw NotLaidOut("no key for \(item.encoded())") }
            return (item["path"]?.string ?? "", text)
        }
    }

    private static func mount(_ container: JSONValue, _ volumes: [String: String], at root: String) throws {
        for mount in container["volumeMounts"]?.array ?? [] {
            guard let volume = volumes[mount["name"]?.string ?? ""], let path = mount["mountPath"]?.string else {
                throw NotLaidOut("no volume for \(mount.encoded())")
            }
            let target = volume + (mount["subPath"]?.string).map { "/\($0)" }.orEmpty
            guard access(target, F_OK) == 0 else { throw NotLaidOut("\(mount.encoded()): nothing is there to mount") }
            let place = root + path
            system("mkdir -p \"$(dirname '\(place)')\"")
            guard symlink(target, place) == 0 else { throw NotLaidOut("\(place) cannot be made: \(errno)") }
        }
        system("mkdir -p '\(root)'")
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw NotLaidOut("\(path) cannot be written") }
        defer { fclose(file) }
        _ = Array(text.utf8).withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    }

    // MARK: Environment

    static func environment(of container: JSONValue, _ referents: Referents) throws -> [String: String] {
        var found: [String: String] = [:]
        for source in container["envFrom"]?.array ?? [] {
            let data: [String: String]
            if let map = source["configMapRef"] {
                data = try referents.configMap(map["name"])
            } else {
                data = try referents.secret(source["secretRef"]?["name"])
            }
            found.merge(data) { $1 }
        }
        for variable in container["env"]?.array ?? [] {
            guard let name = variable["name"]?.string else { continue }
            if let source = variable["valueFrom"] {
                if let value = try value(from: source, referents) { found[name] = value }
            } else {
                found[name] = expanded(variable["value"]?.string ?? "", found)
            }
        }
        return found
    }

    private static func value(from source: JSONValue, _ referents: Referents) throws -> String? {
        let reference: JSONValue?, data: [String: String]
        if let secret = source["secretKeyRef"] {
            (reference, data) = (secret, try referents.secret(secret["name"]))
        } else if let map = source["configMapKeyRef"] {
            (reference, data) = (map, try referents.configMap(map["name"]))
        } else {
            throw NotLaidOut("\(source.encoded()) is not known here")
        }
        let value = data[reference?["key"]?.string ?? ""]
        guard value != nil || reference?["optional"] == true else { throw NotLaidOut("no key for \(source.encoded())") }
        return value
    }

    /// `$(NAME)` stands for a variable set before, and `$$` for `$`.
    private static func expanded(_ text: String, _ variables: [String: String]) -> String {
        var result = "", rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("$") {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.hasPrefix("("), let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                result += variables[name] ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }

    // MARK: Init containers

    /// Its script, with the folders of the volumes in place of where they would be mounted.
    private static func run(_ container: JSONValue, _ volumes: [String: String], _ referents: Referents) async throws {
        guard container["command"]?.array?.compactMap(\.string) == ["/bin/sh", "-c"], var script = container["args"]?[0]?.string
        else { throw NotLaidOut("\(container.encoded()) is no shell script") }
        for mount in container["volumeMounts"]?.array ?? [] {
            guard let path = mount["mountPath"]?.string, let volume = volumes[mount["name"]?.string ?? ""] else { continue }
            script = script.replacing(path, with: volume)
        }
        let variables = try environment(of: container, referents).map { "\($0.key)=\($0.value)" }.sorted()
        let words = ["-i", "PATH=/usr/bin:/bin"] + variables + ["/bin/sh", "-c", script]
        let done = try await onThread { try Program.run("env", words) }
        guard done.status == 0 else { throw NotLaidOut("an init container ended with \(done.status): \(done.errors)\(done.output)") }
    }
}

extension String? {
    fileprivate var orEmpty: String { self ?? "" }
}
