import KRT
import Model
import Schema
import YAML

/// What the file says of pods, and where it says what a package can contradict.
struct DeclaredWorkload: Sendable {
    /// All of it but the environment.
    let settings: WorkloadSettings
    let environment: [ShapeEntry<EnvironmentAddition>]
    /// The key `gpu`.
    let gpu: SourceSpan?

    /// With the environment.
    var all: WorkloadSettings {
        var all = settings
        all.environment = Dictionary(
            environment.map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { first, _ in first })
        return all
    }
}

/// `defaults` of the file, a runtime or a version, and an entry of a version's `nodes`.
enum WorkloadShape {
    private static let replicas = ShapeKey<Int>.optional(
        "replicas", .integer(in: 1...1000), "How many pods.", default: "as the package says")
    private static let minReadySeconds = ShapeKey<Int>.optional(
        "minReadySeconds", .integer(in: 0...599),
        "For how many seconds a new pod must be ready, without a container of it ending, before it counts.", default: "10")
    private static let image = ShapeKey<String>.optional(
        "image", .text(.image), "The image in place of the package's, such as the same one of a mirror.")
    private static let resources = ShapeKey<[ComputeAmounts]>.optional(
        "resources", PartShape.compute,
        "Processor time and memory of the runner: `{requests: {cpu, memory}, limits: {cpu, memory}}`.")
    private static let nodeSelector = ShapeKey<[ShapeEntry<String>]>.optional(
        "nodeSelector", labels, "Labels that the machines must have.")
    private static let tolerations = ShapeKey<[Located<Toleration>]>.optional(
        "tolerations", .list(of: TolerationShape.toleration), "Taints of machines that the pods put up with.")
    private static let env = ShapeKey<[ShapeEntry<EnvironmentAddition>]>.optional(
        "env", .map(names: .environmentName, to: addition).map(reporting: withoutReserved),
        "Further variables of the runner: text, or `{secret: {name, key}}`.")
    private static let imagePullSecrets = ShapeKey<[Located<String>]>.optional(
        "imagePullSecrets", .list(of: .text(.kubernetesName)), "Secrets that images are pulled with.")
    private static let priorityClassName = ShapeKey<String>.optional(
        "priorityClassName", .text(.kubernetesName), "The pods' PriorityClass.")

    private static let labels = Shape<[ShapeEntry<String>]>.map(names: .labelName, to: .text(.labelValue))

    // MARK: Graphics processors

    private static let gpuResource = ShapeKey<String>.optional(
        "resource", .text(.extendedResource), "What Kubernetes calls them.", default: "nvidia.com/gpu")
    private static let gpuCount = ShapeKey<Int>.optional(
        "count", .integer(in: 0...64), "How many a pod has; 0 for none.", default: "1 where the package says `gpu: true`")
    private static let gpuNodes = ShapeKey<[ShapeEntry<String>]>.optional(
        "nodeSelector", labels.orEmpty([]), "Labels of the machines that have them; `{}` for none.",
        default: "konstellation.io/gpu: \"true\"")
    private static let gpu = ShapeKey<GPUSettings>.optional(
        "gpu",
        .record(
            "`gpu`", keys: ShapeKeys(gpuResource, gpuCount, gpuNodes),
            synonyms: ["name": "resource", "replicas": "count", "number": "count"]
        ) { values, _ in
            GPUSettings(
                resource: values.value(gpuResource), count: values.value(gpuCount),
                nodeSelector: values.value(gpuNodes).map(dictionary))
        }, "Graphics processors: `{resource, count, nodeSelector}`.")

    // MARK: Variables

    private static let value = ShapeKey<String>.optional("value", .text, "The value itself.")
    private static let secret = ShapeKey<SecretReference>.optional(
        "secret", SecretReferenceShape.reference, "A key of an existing Kubernetes Secret: `{name, key}`.")
    private static let sensitive = "Sensitive values stand under `config`, or in a Secret: write `secret: {name, key}`."
    private static let addition = Shape<EnvironmentAddition>.either(
        "text or a mapping", scalar: Shape<String>.text.map { .text($0) },
        mapping: .record(
            "a variable", "Where its value comes from: `value` or `secret`.", keys: ShapeKeys(value, secret),
            hints: ["sensitive": sensitive, "env": sensitive, "file": sensitive], synonyms: ["secretKeyRef": "secret"]
        ) { values, reading in
            if let value = values.keySpan(value), let secret = values.keySpan(secret) {
                reading.report(
                    code: "conflicting-keys", summary: "`value` and `secret` exclude each other",
                    detail: "A variable comes from one of them.", at: max(value, secret))
                return nil
            }
            if !values.isMeant(value), !values.isMeant(secret) {
                reading.report(
                    code: "missing-key", summary: "A variable does not say where its value comes from",
                    detail: "Write `value` or `secret`.", at: values.head)
            }
            return values.value(value).map { .text($0) } ?? values.value(secret).map { .secret($0) }
        })

    /// Those of the contract that the file may set: runners do without, or have a default.
    private static let optionalVariables: Set<String> = timeouts.union(["KRT_NATS_MAX_ACK_PENDING", "KRT_MAX_PENDING_ACK"])
    private static let timeouts: Set<String> = ["KRT_REQUEST_TIMEOUT", "KRT_JS_REQUEST_TIMEOUT"]

    /// A variable under a name of the runners' own would hide theirs.
    @Sendable private static func withoutReserved(
        _ entries: [ShapeEntry<EnvironmentAddition>], _: YAMLNode, _ reading: inout SchemaReading
    ) -> [ShapeEntry<EnvironmentAddition>]? {
        entries.filter { entry in
            let name = entry.name.value
            if timeouts.contains(name), case .text(let text) = entry.value.value, Int(text).map({ $0 < 1 }) ?? true {
                reading.report(
                    code: "out-of-range", summary: "\(Wording.code(name)) is \(Wording.code(text)), which is no time to wait",
                    detail: "Write a whole number above zero. `KRT_REQUEST_TIMEOUT` is in seconds for KRT v1 and in milliseconds for "
                        + "v2, `KRT_JS_REQUEST_TIMEOUT` in milliseconds.", at: entry.value.span)
                return false
            }
            guard ["KRT_", "KRE_", "KREFORM_"].contains(where: name.hasPrefix), !optionalVariables.contains(name) else {
                return true
            }
            reading.report(
                code: "reserved-name", summary: "\(Wording.code(name)) would hide a variable that runners read for themselves",
                detail: "Names that begin with `KRT_`, `KRE_` and `KREFORM_` are taken. Choose another.", at: entry.name.span)
            return false
        }
    }

    // MARK: The whole

    static func settings(_ title: String, _ summary: String = "") -> Shape<DeclaredWorkload> {
        .record(
            title, summary,
            keys: ShapeKeys(
                replicas, minReadySeconds, image, resources, gpu, nodeSelector, tolerations, env, imagePullSecrets, priorityClassName),
            hints: [
                "cpu": "Write `resources: {requests: {cpu: …}}`.", "memory": "Write `resources: {limits: {memory: …}}`.",
                "config": "Values that the package declares stand under `config` of the version or the runtime.",
                "rollout": "`rollout` belongs to the runtime, or to the top of the file.",
                "affinity": "Machines are chosen by `nodeSelector` and `tolerations`.",
            ],
            synonyms: [
                "environment": "env", "variables": "env", "gpus": "gpu", "pullSecrets": "imagePullSecrets",
                "priorityClass": "priorityClassName", "scale": "replicas", "requests": "resources", "limits": "resources",
            ]
        ) { values, _ in
            let resources = values.value(resources) ?? []
            return DeclaredWorkload(
                settings: WorkloadSettings(
                    replicas: values.value(replicas), minReadySeconds: values.value(minReadySeconds), image: values.value(image),
                    requests: resources.first ?? ComputeAmounts(), limits: resources.last ?? ComputeAmounts(),
                    gpu: values.value(gpu) ?? GPUSettings(), nodeSelector: dictionary(values.value(nodeSelector) ?? []),
                    tolerations: (values.value(tolerations) ?? []).map(\.value),
                    imagePullSecrets: (values.value(imagePullSecrets) ?? []).map(\.value),
                    priorityClassName: values.value(priorityClassName)),
                environment: values.value(env) ?? [], gpu: values.keySpan(gpu))
        }
    }

    @Sendable private static func dictionary(_ entries: [ShapeEntry<String>]) -> [String: String] {
        Dictionary(entries.map { ($0.name.value, $0.value.value) }, uniquingKeysWith: { first, _ in first })
    }
}

/// An item of `tolerations`, as Kubernetes writes it.
enum TolerationShape {
    private static let key = ShapeKey<String>.optional("key", .text(.labelName), "The taint's key.", default: "every taint")
    private static let comparison = ShapeKey<Toleration.Operator>.optional(
        "operator", .choice, "How the taint's value is compared.", default: "Equal")
    private static let value = ShapeKey<String>.optional("value", .text(.labelValue), "The taint's value.")
    private static let effect = ShapeKey<Toleration.Effect>.optional(
        "effect", .choice, "The taint's effect.", default: "every effect")
    private static let seconds = ShapeKey<Int>.optional(
        "tolerationSeconds", .integer(in: 0...Int(Int32.max)), "How long pods stay, with `NoExecute`.", default: "for ever")

    static let toleration = Shape<Toleration>.record(
        "a toleration", keys: ShapeKeys(key, comparison, value, effect, seconds), synonyms: ["seconds": "tolerationSeconds"]
    ) { values, reading in
        func conflict(_ code: String, _ summary: String, _ detail: String, at span: SourceSpan?) -> Toleration? {
            reading.report(code: code, summary: summary, detail: detail, at: span ?? values.head)
            return nil
        }
        if !values.isMeant(value), !values.isMeant(comparison) {
            return conflict(
                "missing-key", "A toleration does not say which taints it puts up with",
                "Write the taint's `value`, or `operator: Exists` for any.", at: nil)
        }
        if values.value(comparison) == .exists, values.value(value)?.isEmpty == false {
            return conflict(
                "conflicting-keys", "`operator: Exists` and `value` exclude each other",
                "A taint that merely exists may have any value. Remove one of the two.", at: values.keySpan(value))
        }
        if !values.isMeant(key), values.value(comparison) != .exists {
            return conflict(
                "missing-key", "A toleration without `key` is for every taint", "Write `operator: Exists`, or the taint's `key`.",
                at: nil)
        }
        if values.keySpan(seconds) != nil, values.value(effect) != .noExecute {
            return conflict(
                "conflicting-keys", "`tolerationSeconds` goes with `effect: NoExecute` only",
                "Other effects do not make pods leave.", at: values.keySpan(seconds))
        }
        let comparison = values.value(comparison) ?? .equal
        return Toleration(
            key: values.value(key), comparison: comparison, value: comparison == .exists ? nil : values.value(value),
            effect: values.value(effect), seconds: values.value(seconds))
    }
}
