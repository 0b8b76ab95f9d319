import Model

/// One part of a runtime's stack with everything settled: what the file says of it before what the preset says.
struct StackPart: Sendable {
    let image: String
    let replicas: Int
    let storage: String
    let storageClass: String?
    let resources: Resources

    init(_ part: StackSettings.Part, of stack: StackSettings) {
        let own = stack.parts[part] ?? PartSettings()
        let preset = StackSizes.of(stack.preset).size(of: part)
        image = own.image ?? Images.image(of: part)
        replicas = own.replicas ?? 1
        storage = own.storage ?? preset.storage
        storageClass = own.storageClass ?? stack.storageClass
        resources = Resources(
            cpu: own.requests.cpu ?? preset.resources.cpu, memory: own.requests.memory ?? preset.resources.memory,
            memoryLimit: own.limits.memory ?? preset.resources.memoryLimit, cpuLimit: own.limits.cpu)
    }
}

extension DesiredRuntime {
    func part(_ part: StackSettings.Part) -> StackPart { StackPart(part, of: stack) }
}
