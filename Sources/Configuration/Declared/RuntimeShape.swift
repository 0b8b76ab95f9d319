import Fields
import Model
import Schema

/// An item of `runtimes`.
enum RuntimeShape {
    private static let name = ShapeKey<String>.required(
        "name", .text(.resourceName()), "The runtime's name, unique in the engine.")
    private static let description = ShapeKey<String>.optional("description", .text, "What the runtime is for.")
    private static let protect = ShapeKey<Bool>.optional(
        "protect", .boolean, "Whether no plan may destroy the runtime.", default: "false")
    private static let namespace = ShapeKey<String>.optional(
        "namespace", .text(.resourceName()), "The runtime's Kubernetes namespace.", default: "ENGINE-NAME")
    private static let stack = ShapeKey<StackSettings>.optional(
        "stack", StackShape.stack, "What the runtime's messaging, databases and store are, and how large.")
    private static let ingress = ShapeKey<IngressSettings>.optional(
        "ingress", IngressShape.ingress, "How published entrypoints are reached from outside the cluster.")
    private static let network = ShapeKey<NetworkSettings>.optional(
        "network", IsolationShape.network, "Which connections are let through to and from the runtime's pods.")
    private static let quota = ShapeKey<[ShapeEntry<String>]>.optional(
        "quota", IsolationShape.quota, "How much all of the runtime may use: `spec.hard` of a ResourceQuota.")
    private static let limits = ShapeKey<[DeclaredLimit]>.optional(
        "limits", IsolationShape.limits, "How much a container, a pod or a volume of the runtime may use: a LimitRange.")
    private static let rollout = ShapeKey<Rollout>.optional(
        "rollout", RolloutShape.rollout, "How a version takes the publication from another.", default: "that of the file")
    private static let config = ShapeKey<[ShapeEntry<ConfigSource>]>.optional(
        "config", ConfigShape.config,
        "Values that the runtime's versions share; each takes those it declares, its own win.")
    private static let defaults = ShapeKey<DeclaredWorkload>.optional(
        "defaults", WorkloadShape.settings("`defaults`"),
        "Settings of the nodes of all versions of the runtime, where versions and nodes say nothing else.")
    private static let ignore = ShapeKey<[Located<IgnoreRule>]>.optional(
        "ignore", IgnoreShape.rules, "Fields of the runtime's objects and its versions' that are left to whoever else sets them.")
    private static let adopt = ShapeKey<Bool>.optional(
        "adopt", .boolean, "Whether the runtime's own objects are taken over where others made them; versions say so themselves.",
        default: "false")
    private static let versions = ShapeKey<[Located<DeclaredVersion>]>.optional(
        "versions", .list(of: VersionShape.version), "The versions in the runtime, one of them published at most.")

    static let runtime = Shape<DeclaredRuntime>.record(
        "a runtime", "An isolated environment with its own namespace and stack.",
        keys: ShapeKeys(
            name, description, protect, namespace, stack, ingress, network, quota, limits, rollout, config, defaults, ignore, adopt, versions),
        hints: [
            "status": "A status belongs to a version, under `versions`.",
            "krt": "A package belongs to a version: `versions: [{krt: PATH}]`.",
            "nodes": "Settings of all nodes are `defaults`; those of one stand in its version, under `nodes`.",
            "engine": "`engine` stands at the top of the file.",
            "domain": "`domain` stands at the top of the file.",
            "variables": "`variables` stand at the top of the file.",
            "artifacts": "`artifacts` stand at the top of the file.",
        ],
        synonyms: ["resourceQuota": "quota", "limitRange": "limits", "networkPolicy": "network", "isolation": "network"]
    ) { values, _ in
        guard let name = values[name] else { return nil }
        return DeclaredRuntime(
            name: name, description: values.value(description) ?? "", protected: values.value(protect) ?? false,
            namespace: values.value(namespace), stack: values.value(stack) ?? StackSettings(),
            ingress: values.value(ingress) ?? IngressSettings(),
            isolation: IsolationShape.isolation(
                values.value(network) ?? NetworkSettings(), quota: values.value(quota) ?? [], limits: values.value(limits) ?? []),
            rollout: values.value(rollout), config: values.value(config) ?? [], defaults: values.value(defaults),
            ignore: values.value(ignore)?.map(\.value) ?? [], adopts: values.value(adopt) ?? false,
            versions: values.value(versions)?.map(\.value) ?? [])
    }
}

/// An item of `versions`.
enum VersionShape {
    private static let krt = ShapeKey<String>.required(
        "krt", .text(.filled), "The package: a path, relative to this file.")
    private static let name = ShapeKey<String>.optional(
        "name", .text(.resourceName(limit: ObjectNames.krtNameLimit)),
        "The version's name. It is read from the package; written here it must be the same.")
    private static let status = ShapeKey<VersionStatus>.optional(
        "status", .choice,
        "`stopped`: known, runs nothing. `started`: reachable inside the cluster. `published`: reachable from outside.",
        default: "stopped")
    private static let config = ShapeKey<[ShapeEntry<ConfigSource>]>.optional(
        "config", ConfigShape.config, "Values for the variables and files that the package declares.")
    private static let defaults = ShapeKey<DeclaredWorkload>.optional(
        "defaults", WorkloadShape.settings("`defaults`"), "Settings of the version's nodes, where they say nothing else.")
    private static let nodes = ShapeKey<[ShapeEntry<DeclaredWorkload>]>.optional(
        "nodes", .map(to: WorkloadShape.settings("the settings of a node")),
        "Settings of single nodes, by `NODE` or `WORKFLOW/NODE`, and of the `entrypoint`.")
    private static let ignore = ShapeKey<[Located<IgnoreRule>]>.optional(
        "ignore", IgnoreShape.rules, "Fields of the version's objects that are left to whoever else sets them.")
    private static let adopt = ShapeKey<Bool>.optional(
        "adopt", .boolean, "Whether the version's objects are taken over where others made them.", default: "false")

    private static let settingsHint = "Settings of all nodes stand under `defaults`, those of one under `nodes` and its name."

    static let version = Shape<DeclaredVersion>.record(
        "a version", "A package and what is to become of it.", keys: ShapeKeys(krt, name, status, config, defaults, nodes, ignore, adopt),
        hints: [
            "description": "A version's description stands in its package.",
            "protect": "`protect` belongs to the runtime.", "rollout": "`rollout` belongs to the runtime, or to the file.",
            "replicas": settingsHint, "image": settingsHint, "resources": settingsHint, "env": settingsHint, "gpu": settingsHint,
            "nodeSelector": settingsHint, "tolerations": settingsHint, "imagePullSecrets": settingsHint,
            "priorityClassName": settingsHint, "minReadySeconds": settingsHint,
            "published": "Write `status: published`.",
            "started": "Write `status: started`.",
            "stopped": "Write `status: stopped`.",
        ],
        synonyms: ["overrides": "nodes", "package": "krt", "path": "krt", "file": "krt", "version": "krt", "state": "status"]
    ) { values, _ in
        guard let krt = values[krt] else { return nil }
        return DeclaredVersion(
            krt: krt, name: values[name], status: values[status], config: values.value(config) ?? [],
            defaults: values.value(defaults), nodes: values.value(nodes) ?? [],
            ignore: values.value(ignore)?.map(\.value) ?? [], adopts: values.value(adopt) ?? false)
    }
}

/// `ignore` of a runtime or a version.
enum IgnoreShape {
    private static let kind = ShapeKey<String>.optional(
        "kind", .text(.kindPattern), "The objects' kind, such as `Deployment`; `*` stands for any characters.", default: "*")
    private static let name = ShapeKey<String>.optional(
        "name", .text(.namePattern), "The objects' names, such as `\"*-entrypoint\"`; `*` stands for any characters.",
        default: "*")
    private static let field = Shape<String>.text(.filled).map(reporting: { text, node, reading -> FieldPattern? in
        do throws(FieldPattern.Fault) { return try FieldPattern(text) } catch {
            reading.report(
                code: "bad-field", summary: "\(Wording.code(text)) is not a field",
                detail: "\(error.reason.prefix(1).uppercased())\(error.reason.dropFirst()).", at: node)
            return nil
        }
    })
    private static let fields = ShapeKey<[Located<FieldPattern>]>.required(
        "fields", .list(of: field, atLeast: 1), "The fields, as plans print them, such as `spec.replicas`.")

    private static let rule = Shape<IgnoreRule>.record(
        "an entry of `ignore`", "Fields that are left to whoever else sets them in the cluster.",
        keys: ShapeKeys(kind, name, fields),
        hints: [
            "manager": "Whoever owns the fields may have them: name the fields alone.",
            "group": "A kind is enough: `kind: Deployment`.", "apiVersion": "A kind is enough: `kind: Deployment`.",
            "namespace": "All objects of a runtime are in its namespace.",
        ],
        synonyms: ["field": "fields", "path": "fields", "paths": "fields", "names": "name", "kinds": "kind"]
    ) { values, _ in
        guard let fields = values.value(fields), !fields.isEmpty else { return nil }
        return IgnoreRule(
            kind: NamePattern(values.value(kind) ?? "*"), name: NamePattern(values.value(name) ?? "*"),
            fields: fields.map(\.value), span: values.head)
    }

    static let rules = Shape<[Located<IgnoreRule>]>.list(of: rule)
}
