import JSON
import Model

extension RuntimeStack {
    /// The database of the nodes' data: a replica set `rs0` of one, which change streams need.
    var mongo: [Manifest] {
        let name = StackNames.mongo
        let part = runtime.part(.mongodb)
        return [
            mongoSecret(), mongoReaderSecret(), mongoScripts,
            manifest(
                // A replica set's member must find itself by name before it is ready.
                stamp.service(
                    StackNames.mongoService, .mongodb, selector: selector(name),
                    ports: [ServicePort(name: "mongodb", port: 27017, target: 27017)], headless: true,
                    early: true)),
            manifest(
                stamp.statefulSet(
                    name, .mongodb, service: StackNames.mongoService, selector: selector(name), pod: mongoPod,
                    storage: part.storage, storageClass: part.storageClass),
                dependsOn: [
                    account, secret(StackNames.Secret.mongo), secret(StackNames.Secret.mongoReader),
                    configMap(Self.scripts),
                ]),
        ]
    }

    private static let scripts = "kre-mongo-scripts"

    private var mongoScripts: Manifest {
        manifest(stamp.object("v1", "ConfigMap", Self.scripts, .mongodb, ["data": .strings(Self.scriptTexts)]))
    }

    private static let scriptTexts = ["replica-set.sh": replicaSetScript, "ready.sh": readyScript]

    private var mongoPod: Pod {
        let part = runtime.part(.mongodb)
        let user = ContainerSecurity(user: 999, group: 999, readOnlyRoot: true)
        // The server refuses a key that its group may read, and a Secret's volume belongs to the pod's group.
        let key = Container(
            name: "replica-set-key", image: part.image, command: ["/bin/sh", "-c"],
            args: ["cp /secret/key /key/key && chmod 0400 /key/key"],
            mounts: [
                Mount(volume: "secret", path: "/secret/key", subPath: StackNames.Secret.mongoKey, readOnly: true),
                Mount(volume: "key", path: "/key"),
                // It has ended when the server starts: what that has is no more for both.
            ], resources: part.resources, security: user)
        let server = Container(
            name: "mongodb", image: part.image, command: ["/bin/bash", "-c"],
            args: [
                "/bin/bash /scripts/replica-set.sh & "
                    + "exec docker-entrypoint.sh mongod --bind_ip_all --replSet rs0 --keyFile /key/key"
            ],
            environment: mongoEnvironment, ports: [ContainerPort(name: "mongodb", port: 27017)],
            mounts: [
                Mount(volume: "data", path: "/data/db"), Mount(volume: "key", path: "/key"),
                Mount(volume: "scripts", path: "/scripts", readOnly: true), Mount(volume: "tmp", path: "/tmp"),
            ], resources: part.resources,
            probes: Probes(
                readiness: Probe(question: .command(["/bin/bash", "/scripts/ready.sh"]), period: 15, timeout: 10),
                liveness: .tcp(27017), startup: Probe.tcp(27017).patient), security: user)
        var pod = self.pod(
            StackNames.mongo, .mongodb, server,
            volumes: [
                Volume(name: "secret", source: .secret(StackNames.Secret.mongo, mode: 0o440)),
                Volume(name: "key", source: .empty), Volume(name: "scripts", source: .configMap(Self.scripts)),
                Volume(name: "tmp", source: .empty),
            ], fileGroup: 999)
        pod.initContainers = [key]
        // Not by the credentials: a server that runs needs them no more.
        pod.annotations = [ObjectAnnotations.configDigest: ConfigDigest.of([.strings(Self.scriptTexts)])]
        return pod
    }

    private var mongoEnvironment: [EnvironmentVariable] {
        typealias Key = StackNames.Secret
        return [
            EnvironmentVariable(Key.mongoUser, secret: Key.mongo, key: Key.mongoUser),
            EnvironmentVariable(Key.mongoPassword, secret: Key.mongo, key: Key.mongoPassword),
            EnvironmentVariable("READER_USERNAME", secret: Key.mongoReader, key: Key.mongoReaderUser),
            EnvironmentVariable("READER_PASSWORD", secret: Key.mongoReader, key: Key.mongoReaderPassword),
            // The shell wants to keep its history somewhere.
            EnvironmentVariable("HOME", "/tmp"),
        ]
    }

    /// Ready is who takes writes: clients that come earlier would fail.
    private static let readyScript = """
        shell=$(command -v mongosh || command -v mongo)
        exec "$shell" --quiet --eval 'quit(db.isMaster().ismaster ? 0 : 1)'

        """

    /// Runs beside the server in its container, because only a running server can be told of its replica set. Doing all
    /// of it again does nothing, so that a restart at any point mends it.
    private static let replicaSetScript = """
        # Makes the replica set, and the user who may only read, once the server takes requests.
        shell=$(command -v mongosh || command -v mongo)
        prepare() {
          "$shell" --quiet --username "$\(StackNames.Secret.mongoUser)" --password "$\(StackNames.Secret.mongoPassword)" \\
            --authenticationDatabase admin --eval "
              var status;
              try { status = db.adminCommand({replSetGetStatus: 1}); } catch (error) { status = error; }
              if (status.codeName === 'NoReplicationEnabled') { throw new Error('the server is being set up'); }
              if (status.codeName === 'NotYetInitialized') {
                rs.initiate({_id: 'rs0', members: [{_id: 0, host: '\(StackNames.mongoService):27017'}]});
              }
              if (!db.isMaster().ismaster) { throw new Error('not the primary yet'); }
              var data = db.getSiblingDB('\(StackNames.database)');
              if (data.getUser('$READER_USERNAME') === null) {
                data.createUser({
                  user: '$READER_USERNAME', pwd: '$READER_PASSWORD', roles: [{role: 'read', db: '\(StackNames.database)'}]
                });
              }"
        }
        until prepare > /tmp/replica-set.log 2>&1; do sleep 3; done

        """
}
