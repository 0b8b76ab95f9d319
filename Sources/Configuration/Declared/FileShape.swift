import JSON
import Model
import Schema

/// The keys at the top of a desired-state file.
enum FileShape {
    enum Format: String, Sendable, CaseIterable { case v1 }

    private static let kreform = ShapeKey<Format>.required(
        "kreform", .choice, "The version of this file's format: `v1`.")
    private static let engine = ShapeKey<String>.optional(
        "engine", .text(.resourceName(limit: 20)),
        "The engine's name, which identifies its state and its objects in the cluster. In one file of a folder.")
    private static let domain = ShapeKey<String>.optional(
        "domain", .text(.domain), "Base domain of published entrypoints: `entrypoint.RUNTIME.DOMAIN`.")
    private static let context = ShapeKey<String>.optional(
        "context", .text(.filled), "The context of the kubeconfig.", default: "the current context")
    private static let cluster = ShapeKey<Located<String>?>.optional(
        "cluster",
        .record("`cluster`", keys: ShapeKeys(context)) { values, _ in .some(values[context]) },
        "The cluster to work on.")
    /// Read before all else, since the variables' values are filled into the rest.
    private static let variables = ShapeKey<Void>.optional(
        "variables", VariableShape.all.unread(), "Inputs, set with `--var`, `--var-file` or `KREFORM_VAR_name`.")
    private static let artifacts = ShapeKey<DeclaredStore?>.optional(
        "artifacts", ArtifactShape.artifacts, "Where packages are stored for the pods to fetch.")
    private static let defaults = ShapeKey<DeclaredWorkload>.optional(
        "defaults", WorkloadShape.settings("`defaults`"),
        "Settings of the nodes of all versions, where runtimes, versions and nodes say nothing else.")
    private static let rollout = ShapeKey<Rollout>.optional(
        "rollout", RolloutShape.rollout, "How versions take the publication from others, where their runtimes say nothing else.",
        default: "{strategy: switch}")
    private static let runtimes = ShapeKey<[Located<DeclaredRuntime>]>.optional(
        "runtimes", .list(of: RuntimeShape.runtime), "The runtimes and the versions in them.")

    static let file = Shape<DeclaredFile>.record(
        "the file", "Desired state of an engine: its runtimes, the versions in them, and each version's status.",
        keys: ShapeKeys(kreform, engine, domain, cluster, variables, artifacts, defaults, rollout, runtimes),
        hints: [
            "versions": "Versions belong to a runtime, under `runtimes`.",
            "name": "The engine's name is `engine`; a runtime's stands under `runtimes`.",
            "config": "Configuration belongs to a runtime or a version, under `runtimes`.",
            "nodes": "Settings of all nodes are `defaults`; those of one stand in its version, under `nodes`.",
            "namespace": "A namespace belongs to a runtime, under `runtimes`.",
            "ingress": "Ingress settings belong to a runtime, under `runtimes`.",
            "stack": "Stack settings belong to a runtime, under `runtimes`.",
            "context": "The context belongs to the cluster: `cluster: {context: NAME}`.",
            "krt": "Packages belong to a version: `runtimes`, `versions`, `krt`.",
            "s3": "The store belongs to `artifacts`.",
        ]
    ) { values, _ in
        let singles = [
            values.keySpan(engine).map { Located("engine", at: $0) },
            values.keySpan(domain).map { Located("domain", at: $0) },
            values.keySpan(cluster).map { Located("cluster", at: $0) },
            values.keySpan(artifacts).map { Located("artifacts", at: $0) },
            values.keySpan(defaults).map { Located("defaults", at: $0) },
            values.keySpan(rollout).map { Located("rollout", at: $0) },
        ]
        return DeclaredFile(
            engine: values[engine], meansEngine: values.isMeant(engine), domain: values[domain],
            cluster: values[cluster], artifacts: values[artifacts], defaults: values[defaults],
            rollout: values.value(rollout), runtimes: values.value(runtimes) ?? [],
            singles: singles.compactMap(\.self), head: values.head)
    }
}

/// `variables`.
enum VariableShape {
    private static let type = ShapeKey<VariableType>.optional(
        "type", .choice, "What its value must look like.", default: "string")
    private static let fallback = ShapeKey<String>.optional(
        "default", .text, "Its value when none is given. Without a default a value must be given.")
    private static let description = ShapeKey<String>.optional("description", .text, "What it is for.")
    private static let sensitive = ShapeKey<Bool>.optional(
        "sensitive", .boolean, "Whether its value is secret. It may then stand in `config` only.", default: "false")

    static let variable = Shape<DeclaredVariable>.record(
        "a variable", "An input of the file, used as `${var.NAME}`.",
        keys: ShapeKeys(type, fallback, description, sensitive),
        synonyms: ["value": "default"]
    ) { values, _ in
        DeclaredVariable(
            type: values.value(type) ?? .string, fallback: values[fallback], meansFallback: values.isMeant(fallback),
            sensitive: values.value(sensitive) ?? values.isMeant(sensitive))
    }

    static let all = Shape<[ShapeEntry<DeclaredVariable>]>.map(
        names: .variableName, to: variable.orEmpty(.plain))
}
