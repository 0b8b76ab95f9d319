import JSON
import Model
import Testing

extension ConformanceCase {
    package static let watching = [
        ConformanceCase("a watch tells every change after its version, in order") { cluster in
            let name = "conform-watch"
            try await cluster.makeNamespace(name)
            try await cluster.apply(Sample.configMap(name, "before"))
            let query = ObjectQuery(
                type: ResourceType(apiVersion: "v1", kind: "ConfigMap"), namespace: name, labels: ["app": "sample"])
            let start = try await cluster.list(query).resourceVersion
            try await cluster.apply(Sample.configMap(name, "a"))
            let stream = cluster.watch(query, after: start)
            let live = try await cluster.apply(Sample.configMap(name, "a", ["a": "2"])).object
            try await cluster.delete(live)
            try await cluster.apply(Sample.configMap(name, "b"))
            var told: [String] = []
            for try await event in stream {
                told.append(event.words)
                if told.count == 4 { break }
            }
            #expect(told == ["added a", "modified a", "deleted a", "added b"])
        },
        ConformanceCase("a watch tells what comes in and goes out of its selector") { cluster in
            let name = "conform-selected"
            try await cluster.makeNamespace(name)
            var manifest = Sample.configMap(name, "a")
            let first = try await cluster.apply(manifest).object
            let query = ObjectQuery(
                type: ResourceType(apiVersion: "v1", kind: "ConfigMap"), namespace: name, labels: ["colour": "red"])
            let stream = cluster.watch(query, after: first.resourceVersion)
            for (number, colour) in (["red", "red", "blue", "red"] as [JSONValue]).enumerated() {
                manifest["metadata"]?["labels"] = ["colour": colour]
                manifest["data"] = ["number": .string(String(number))]
                try await cluster.apply(manifest)
            }
            var told: [String] = []
            for try await event in stream {
                told.append(event.words)
                if told.count == 4 { break }
            }
            #expect(told == ["added a", "modified a", "deleted a", "added a"])
        },
    ]
}

extension WatchEvent {
    package var words: String {
        switch self {
        case .added(let object): "added \(object.address.name)"
        case .modified(let object): "modified \(object.address.name)"
        case .deleted(let object): "deleted \(object.address.name)"
        }
    }
}
