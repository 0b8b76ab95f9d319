import Digest
import JSON
import Model

/// What brings a KRT v2 version's streams, key-value buckets and object stores into NATS, and takes them away (engine's
/// contract, section 5): a Job that nodes wait for, and one that sleeps until the version stops.
///
/// Jobs cannot change, and so are named after what is in them: another image or address makes new ones. What they do twice
/// does no harm.
struct StreamJobs {
    private let context: VersionContext

    init(_ context: VersionContext) { self.context = context }

    static let containerName = "streams"

    /// None for KRT v1, which uses core NATS alone.
    var manifests: [Manifest] {
        guard context.format == .v2 else { return [] }
        let removal = job("streams-end", Self.removal, words: names, asleep: true)
        // Made after the one that sleeps, it is taken away before that one runs.
        let creation = job("streams", Self.creation, words: configurations)
        return [
            Manifest(creation, dependsOn: [ResourceAddress(of: removal)], key: context.scope.key),
            Manifest(removal, key: context.scope.key),
        ]
    }

    // MARK: What is made

    /// Of every stream its name and its configuration, as the JetStream API takes it, a line each.
    private var configurations: String {
        streams.map { "\($0["name"]?.string ?? "") \($0.encoded())" }.joined(separator: "\n")
    }

    private var names: String { streams.compactMap { $0["name"]?.string }.joined(separator: "\n") }

    /// What is kept in them. Messages are not: they go when they were read.
    private var data: String {
        [
            ("key-value buckets", context.streams.buckets(of: context.manifest)),
            ("object stores", context.streams.objectStores(of: context.manifest)),
        ].filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "\n")
    }

    /// Buckets and stores are streams of certain names and subjects (NATS' ADR-8 and ADR-20).
    private var streams: [JSONValue] {
        let names = context.streams
        return context.manifest.workflows.map { workflow in
            [
                "name": .string(names.stream(method: workflow.method)), "subjects": .strings(names.subjects(of: workflow)),
                "retention": "interest", "storage": "file", "discard": "old", "num_replicas": 1,
            ]
        }
            + names.buckets(of: context.manifest).map { bucket in
                [
                    "name": .string("KV_\(bucket)"), "subjects": [.string("$KV.\(bucket).>")], "max_msgs_per_subject": 1,
                    "retention": "limits", "storage": "file", "discard": "new", "num_replicas": 1,
                    "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true,
                ]
            }
            + names.objectStores(of: context.manifest).map { store in
                [
                    "name": .string("OBJ_\(store)"), "subjects": [.string("$O.\(store).C.>"), .string("$O.\(store).M.>")],
                    "retention": "limits", "storage": "file", "discard": "new", "num_replicas": 1,
                    "allow_rollup_hdrs": true, "allow_direct": true,
                ]
            }
    }

    // MARK: Jobs

    private func job(_ name: String, _ script: String, words: String, asleep: Bool = false) -> JSONValue {
        let part = context.scope.runtime.part(.streamSetup)
        let container = Container(
            name: Self.containerName, image: part.image, command: ["/bin/sh", "-c"], args: [Self.common + script],
            environment: [
                EnvironmentVariable("KREFORM_NATS", context.addresses.nats), EnvironmentVariable("KREFORM_STREAMS", words),
                // Where the program looks for settings of its own.
                EnvironmentVariable("HOME", "/tmp"),
            ],
            mounts: [Mount(volume: "tmp", path: "/tmp")], resources: part.resources,
            security: ContainerSecurity(user: 1000, group: 1000, readOnlyRoot: true))
        let labels = [VersionLabels.type: "streams", VersionLabels.versionName: context.version.name]
        let pod = Pod(
            labels: context.stamp.labels(.streams, labels), serviceAccount: StackNames.serviceAccount, containers: [container],
            volumes: [Volume(name: "tmp", source: .empty)],
            placement: Workload(entrypointOf: context.version, stack: context.scope.runtime.stack).placement)
        var job = context.stamp.job("", .streams, labels: labels, asleep: asleep, pod: pod)
        if asleep {
            // Own data goes with the runtime.
            let when: LastRun = context.scope.runtime.stack.makes(.nats) ? .whileNamespaceStays : .always
            job[JSONPointer(tokens: ["metadata", "annotations"])] = [
                ObjectAnnotations.lastRun: .string(when.rawValue), ObjectAnnotations.removes: .string(data),
            ]
        }
        let digest = SHA256Digest(of: job.encodedBytes()).hex.prefix(8)
        job[JSONPointer(tokens: ["metadata", "name"])] = .string("\(context.version.name)-\(name)-\(digest)")
        return job
    }

    /// NATS answers requests with JSON that says its type; an `error` in it is a refusal. `nats` ends well where nobody answers.
    private static let common = #"""
        set -eu
        ask() { nats --server "nats://$KREFORM_NATS" --timeout 5s request --raw "\$JS.API.$1" "$2" 2>&1 </dev/null || true; }
        answered() { case "$1" in *io.nats.jetstream.api.v1*) return 0 ;; *) return 1 ;; esac; }
        refused() { case "$1" in *'"error"'*) return 0 ;; *) return 1 ;; esac; }
        tries=0
        until answer=$(ask INFO '{}') && answered "$answer" && ! refused "$answer"; do
          tries=$((tries + 1))
          if [ "$tries" -ge 20 ]; then echo "NATS with JetStream does not answer at $KREFORM_NATS: $answer"; exit 1; fi
          sleep 3
        done

        """#

    /// A stream that is there already is left as it is (10058 tells of one with other settings).
    private static let creation = #"""
        printf '%s\n' "$KREFORM_STREAMS" | while read -r name configuration; do
          answer=$(ask "STREAM.CREATE.$name" "$configuration")
          answered "$answer" || { echo "no answer about $name: $answer"; exit 1; }
          case "$answer" in *'"err_code":10058'*) echo "$name is there, with settings of its own"; continue ;; esac
          if refused "$answer"; then echo "$name is refused: $answer"; exit 1; fi
          echo "$name is there"
        done

        """#

    /// 10059 tells that there is no such stream.
    private static let removal = #"""
        printf '%s\n' "$KREFORM_STREAMS" | while read -r name; do
          answer=$(ask "STREAM.DELETE.$name" '{}')
          answered "$answer" || { echo "no answer about $name: $answer"; exit 1; }
          case "$answer" in *'"err_code":10059'*) echo "$name was not there"; continue ;; esac
          if refused "$answer"; then echo "$name is refused: $answer"; exit 1; fi
          echo "$name is gone"
        done

        """#
}

extension ResourceAddress {
    fileprivate init(of object: JSONValue) {
        self.init(
            apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "",
            namespace: object["metadata"]?["namespace"]?.string, name: object["metadata"]?["name"]?.string ?? "")
    }
}
