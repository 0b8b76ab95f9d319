import JSON
import Model

extension RuntimeStack {
    /// The database of the runtime's measurements: `kre`, with Flux.
    var influxDB: [Manifest] {
        let name = ObjectNames.influxDB(runtime: runtime.name)
        let part = runtime.part(.influxdb)
        let container = Container(
            name: "influxdb", image: part.image,
            environment: [
                EnvironmentVariable("INFLUXDB_DB", "kre"), EnvironmentVariable("INFLUXDB_HTTP_FLUX_ENABLED", "true"),
                EnvironmentVariable("INFLUXDB_HTTP_AUTH_ENABLED", "false"),
                EnvironmentVariable("INFLUXDB_REPORTING_DISABLED", "true"),
            ],
            ports: [ContainerPort(name: "http", port: 8086)],
            mounts: [Mount(volume: "data", path: "/var/lib/influxdb")],
            resources: part.resources,
            probes: Probes(
                readiness: .http("/ping", 8086), liveness: .http("/ping", 8086),
                startup: Probe.http("/ping", 8086).patient),
            security: ContainerSecurity(user: 999, group: 999))
        return [
            manifest(
                stamp.service(
                    name, .influxdb, selector: selector(name),
                    ports: [ServicePort(name: "http", port: 8086, target: 8086)])),
            manifest(
                stamp.statefulSet(
                    name, .influxdb, service: name, selector: selector(name),
                    pod: pod(name, .influxdb, container, fileGroup: 999), storage: part.storage,
                    storageClass: part.storageClass),
                dependsOn: [account]),
        ]
    }
}
