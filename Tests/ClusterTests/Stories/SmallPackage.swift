import TestSupport

/// A sound package whose pods do what their images' names say (docs/test-cluster.md).
struct SmallPackage {
    var version = "v1"
    /// Each with its image.
    var nodes = [("only", "example.test/node:1")]
    var entrypoint = "example.test/entrypoint:1"
    var variables: [String] = []
    /// A file more; none when it is empty.
    var model: [UInt8] = []
    /// Of KRT v2: its nodes hear of the entrypoint each, and the last answers.
    var usesStreams = false

    /// The archive.
    var bytes: [UInt8] {
        var tar = TarBuilder()
        tar.add("krt.yml", data: Array(manifest.utf8))
        tar.add("public_input.proto", data: Array(Self.proto.utf8))
        for (name, _) in nodes {
            tar.add("src/\(name)/main.py", data: Array("def handler(ctx, data):\n    return data\n".utf8))
        }
        if !model.isEmpty { tar.add("models/model.bin", data: model) }
        return tar.gzipped()
    }

    private var manifest: String { usesStreams ? manifestWithStreams : plainManifest }

    private var manifestWithStreams: String {
        let list = nodes.map {
            "      - {name: \($0.0), image: \"\($0.1)\", src: src/\($0.0)/main.py, subscriptions: [entrypoint], "
                + "objectStore: {name: shared, scope: project}}\n"
        }.joined()
        return """
            krtVersion: v2
            version: \(version)
            description: A version that tests run.
            entrypoint: {proto: public_input.proto, image: "\(entrypoint)"}
            workflows:
              - name: work
                entrypoint: Work
                exitpoint: \(nodes.last?.0 ?? "")
                nodes:
            \(list)
            """
    }

    private var plainManifest: String {
        let list = nodes.map { "  - {name: \($0.0), image: \"\($0.1)\", src: src/\($0.0)/main.py}\n" }.joined()
        let config = variables.isEmpty ? "" : "config:\n  variables: [\(variables.joined(separator: ", "))]\n"
        return """
            version: \(version)
            description: A version that tests run.
            entrypoint: {proto: public_input.proto, image: "\(entrypoint)"}
            \(config)nodes:
            \(list)workflows:
              - name: work
                entrypoint: Work
                sequential: [\(nodes.map(\.0).joined(separator: ", "))]

            """
    }

    private static let proto = """
        syntax = "proto3";
        package main;
        message Request { string text = 1; }
        message Response { string text = 1; }
        service Entrypoint {
          rpc Work (Request) returns (Response) {};
        }

        """
}
