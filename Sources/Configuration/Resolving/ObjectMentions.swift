import Model
import Schema
import YAML

/// A place of the files that names a Secret or a ConfigMap of the runtime's namespace.
package struct ObjectMention: Sendable, Hashable {
    package let name: String
    /// Nil at the top of a file, where it is meant for every runtime.
    package let runtime: String?
    package let span: SourceSpan
}

/// Finds what the files name, by the keys under which they do so.
enum ObjectMentions {
    static func all(in root: YAMLNode, of source: SourceText) -> [ObjectMention] {
        var found: [ObjectMention] = []
        for pair in root.pairs ?? [] {
            guard pair.key.scalar?.text == "runtimes" else {
                walk(pair, nil, source, &found)
                continue
            }
            for runtime in pair.value.items ?? [] {
                for own in runtime.pairs ?? [] { walk(own, runtime["name"]?.scalar?.text, source, &found) }
            }
        }
        return found
    }

    private static func walk(_ pair: YAMLPair, _ runtime: String?, _ source: SourceText, _ found: inout [ObjectMention]) {
        let named: [YAMLNode] = switch pair.key.scalar?.text {
        case "secret", "configMap": [pair.value["name"] ?? pair.value]
        case "tlsSecret": [pair.value]
        case "imagePullSecrets": pair.value.items ?? []
        default: []
        }
        found += named.compactMap { node in
            node.scalar.map { ObjectMention(name: $0.text, runtime: runtime, span: source.span(node.range)) }
        }
        let below = (pair.value.items ?? []).flatMap { $0.pairs ?? [] } + (pair.value.pairs ?? [])
        for own in below { walk(own, runtime, source, &found) }
    }
}
