import Fields
import KRT
import Model
import Schema

/// One part of a stack.
enum PartShape {
    private static let image = ShapeKey<String>.optional("image", .text(.image), "Its image.")
    private static let storage = ShapeKey<String>.optional("storage", amount, "The size of its volume, such as `10Gi`.")
    private static let storageClass = ShapeKey<String>.optional(
        "storageClass", .text(.kubernetesName), "Storage class of its volume.")
    private static let enabled = ShapeKey<Bool>.optional("enabled", .boolean, "Whether it is there at all.", default: "true")
    private static let replicas = ShapeKey<Int>.optional("replicas", .integer(in: 1...100), "How many pods.", default: "1")

    private static let cpu = ShapeKey<String>.optional("cpu", amount, "Processor time, such as `500m` or `2`.")
    private static let memory = ShapeKey<String>.optional("memory", amount, "Memory, such as `512Mi`.")
    private static let amounts = Shape<ComputeAmounts>.record("an amount of resources", keys: ShapeKeys(cpu, memory)) { values, _ in
        ComputeAmounts(cpu: values.value(cpu), memory: values.value(memory))
    }
    private static let requests = ShapeKey<ComputeAmounts>.optional("requests", amounts, "What is set aside for it.")
    private static let limits = ShapeKey<ComputeAmounts>.optional("limits", amounts, "What it may use at most.")
    /// Requests and limits, in this order.
    static let compute = Shape<[ComputeAmounts]>.record(
        "resources", keys: ShapeKeys(requests, limits),
        hints: [
            "cpu": "Write `requests: {cpu: …}` or `limits: {cpu: …}`.",
            "memory": "Write `requests: {memory: …}` or `limits: {memory: …}`.",
        ], synonyms: ["request": "requests", "limit": "limits"]
    ) { values, _ in [values.value(requests) ?? ComputeAmounts(), values.value(limits) ?? ComputeAmounts()] }
    private static let resources = ShapeKey<[ComputeAmounts]>.optional(
        "resources", compute,
        "Processor time and memory: `{requests: {cpu, memory}, limits: {cpu, memory}}`. What is not given is as the preset says.")

    /// A quantity above zero, in its canonical form.
    static let amount = Shape<String>.text(.quantity).map(canonical)
    @Sendable static func canonical(_ text: String) -> String { Quantity(text)?.description ?? text }

    private static let onePod = "It runs as one pod, which alone has its volume."

    /// With a volume, and not to be done without. `enabling` is what to do for those who want to.
    static func stored(_ title: String, enabling: String) -> Shape<PartSettings> {
        part(
            title, ShapeKeys(image, storage, storageClass, resources),
            hints: ["enabled": enabling, "replicas": "\(onePod) To use a cluster of several, name it under `external`."])
    }

    /// With a volume.
    static func switchable(_ title: String) -> Shape<PartSettings> {
        part(title, ShapeKeys(enabled, image, storage, storageClass, resources), hints: ["replicas": onePod])
    }

    /// Without a volume.
    static func served(_ title: String) -> Shape<PartSettings> {
        part(title, ShapeKeys(enabled, image, replicas, resources), hints: ["storage": "It has no volume."])
    }

    /// A container in pods of versions.
    static func container(_ title: String, pods: String = "It is in every pod.") -> Shape<PartSettings> {
        part(title, ShapeKeys(image, resources), hints: ["replicas": pods, "enabled": pods])
    }

    private static func part(_ title: String, _ keys: ShapeKeys, hints: [String: String]) -> Shape<PartSettings> {
        .record(
            title, keys: keys, hints: hints,
            synonyms: ["size": "storage", "volume": "storage", "disabled": "enabled", "class": "storageClass"]
        ) { values, _ in
            let resources = values.value(resources) ?? []
            return PartSettings(
                isEnabled: values.value(enabled), image: values.value(image), replicas: values.value(replicas),
                storage: values.value(storage), storageClass: values.value(storageClass),
                requests: resources.first ?? ComputeAmounts(), limits: resources.last ?? ComputeAmounts())
        }
    }
}
