import JSON
import Model

extension RuntimeStack {
    /// A view of database `data` that changes nothing.
    var mongoExpress: [Manifest] {
        typealias Key = StackNames.Secret
        let name = StackNames.mongoExpress
        let part = runtime.part(.mongoExpress)
        let container = Container(
            name: "mongo-express", image: part.image,
            environment: [
                EnvironmentVariable("ME_CONFIG_MONGODB_SERVER", StackNames.mongoService),
                EnvironmentVariable("ME_CONFIG_MONGODB_ENABLE_ADMIN", "false"),
                EnvironmentVariable("ME_CONFIG_MONGODB_AUTH_DATABASE", StackNames.database),
                EnvironmentVariable("ME_CONFIG_OPTIONS_READONLY", "true"),
                EnvironmentVariable(Key.mongoReaderUser, secret: Key.mongoReader, key: Key.mongoReaderUser),
                EnvironmentVariable(Key.mongoReaderPassword, secret: Key.mongoReader, key: Key.mongoReaderPassword),
            ],
            ports: [ContainerPort(name: "web", port: 8081)], resources: part.resources,
            probes: Probes(readiness: .tcp(8081), liveness: .tcp(8081), startup: Probe.tcp(8081).patient),
            security: ContainerSecurity(user: 1000, group: 1000))
        return [
            manifest(
                stamp.service(
                    name, .mongoExpress, selector: selector(name),
                    ports: [ServicePort(name: "web", port: 80, target: 8081)])),
            manifest(
                stamp.deployment(
                    name, .mongoExpress, selector: selector(name), replicas: part.replicas,
                    pod: pod(name, .mongoExpress, container)),
                // It reads one Secret, and in a rotation is not rolled before both are switched: until then the users may be made anew.
                dependsOn: [account, secret(Key.mongoReader)] + (runtime.stack.makes(.mongodb) ? [secret(Key.mongo)] : [])
                    + made(.mongodb)),
        ]
    }
}
