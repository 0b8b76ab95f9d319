import JSON
import Model

/// How the credentials of the runtime's database are made anew, without a moment in which one that is in use does not open it:
///
/// 1. `kre-mongo-next` gets new names and passwords;
/// 2. a Job makes these users beside the old ones, and logs in as each;
/// 3. the Secrets that everything reads take them over, and what read the old ones is rolled;
/// 4. a Job drops the old users, as soon as nobody is logged in as one of them. Then `kre-mongo-next` goes.
///
/// Whatever is done twice does no harm, so that one that was cut off goes on from anywhere. The server itself is not restarted: it reads
/// its Secrets when it starts, and needs them then only where its volume is empty. What the Jobs run is `MongoScripts`.
extension RuntimeStack {
    private typealias Key = StackNames.Secret

    /// Of the Secret, and of the Job that makes its users.
    private static let name = Key.mongoNext
    private static let oldUser = "OLD_USERNAME"
    private static let oldReader = "OLD_READER_USERNAME"

    var mongoRotation: CredentialRotation {
        let next = nextSecret
        let current = [
            EnvironmentVariable("USERNAME", secret: Key.mongo, key: Key.mongoUser),
            EnvironmentVariable("PASSWORD", secret: Key.mongo, key: Key.mongoPassword),
        ]
        let users = job(
            Self.name, MongoScripts.creation(in: runtime.namespace),
            environment: current + [
                EnvironmentVariable("NEXT_USERNAME", secret: Self.name, key: Key.mongoUser),
                EnvironmentVariable("NEXT_PASSWORD", secret: Self.name, key: Key.mongoPassword),
                EnvironmentVariable("NEXT_URI", secret: Self.name, key: Key.mongoURI),
                EnvironmentVariable("NEXT_READER_USERNAME", secret: Self.name, key: Key.mongoReaderUser),
                EnvironmentVariable("NEXT_READER_PASSWORD", secret: Self.name, key: Key.mongoReaderPassword),
            ], dependsOn: [next.address])
        // What tells of the old ones may have been lost. Then those go that Kreform made, which their names tell.
        let removal = job(
            "kre-mongo-retire", MongoScripts.removal,
            environment: current + [
                EnvironmentVariable("READER_USERNAME", secret: Key.mongoReader, key: Key.mongoReaderUser),
                EnvironmentVariable("READER_PASSWORD", secret: Key.mongoReader, key: Key.mongoReaderPassword),
                EnvironmentVariable("NEXT_USERNAME", secret: Self.name, key: Key.mongoUser, isOptional: true),
                EnvironmentVariable("NEXT_READER_USERNAME", secret: Self.name, key: Key.mongoReaderUser, isOptional: true),
                EnvironmentVariable("OLD_USERNAME", secret: Self.name, key: Self.oldUser, isOptional: true),
                EnvironmentVariable("OLD_READER_USERNAME", secret: Self.name, key: Self.oldReader, isOptional: true),
            ], dependsOn: [next.address])
        let reader = mongoReaderSecret(from: MongoNext(secret: Self.name, proof: [users.address]))
        // The one that tells how far it is comes last.
        let secret = mongoSecret(from: MongoNext(secret: Self.name, proof: [users.address, reader.address]))
        return CredentialRotation(
            component: Component.mongodb.rawValue, generation: scope.number(of: .mongodb), preparing: [next, users],
            secrets: [secret, reader], retiring: [removal])
    }

    private var mark: [String: String] { [ObjectAnnotations.rotation: "\(scope.number(of: .mongodb))"] }

    /// The new credentials, and whom they follow.
    private var nextSecret: Manifest {
        manifest(
            stamp.object("v1", "Secret", Self.name, .mongodb, annotations: mark, ["type": "Opaque"]),
            generated: [
                Key.mongoUser: .text(mongoUser), Key.mongoPassword: .random(32), Key.mongoURI: Self.mongoURI,
                Key.mongoReaderUser: .text(mongoReaderUser), Key.mongoReaderPassword: .random(32),
                Self.oldUser: .copy(secret: Key.mongo, key: Key.mongoUser),
                Self.oldReader: .copy(secret: Key.mongoReader, key: Key.mongoReaderUser),
            ])
    }

    /// Its pods are the database's as far as connections go, and none of its Service's.
    private func job(
        _ name: String, _ script: String, environment: [EnvironmentVariable], dependsOn: [ResourceAddress]
    ) -> Manifest {
        let container = Container(
            name: "users", image: runtime.part(.mongodb).image, command: ["/bin/bash", "-c"], args: [MongoScripts.common + script],
            // The shell wants to keep its history somewhere.
            environment: environment + [EnvironmentVariable("HOME", "/tmp")], mounts: [Mount(volume: "tmp", path: "/tmp")],
            resources: runtime.part(.mongodb).resources.atMost(cpu: "50m", memory: "128Mi", memoryLimit: "512Mi")
                .atLeast(runtime.isolation.limits),
            security: ContainerSecurity(user: 999, group: 999, readOnlyRoot: true))
        let pod = Pod(
            labels: stamp.labels(.mongodb), serviceAccount: StackNames.serviceAccount, containers: [container],
            volumes: [Volume(name: "tmp", source: .empty)], placement: Placement(pullSecrets: runtime.stack.imagePullSecrets))
        var job = stamp.job(name, .mongodb, pod: pod)
        job[JSONPointer(tokens: ["metadata", "annotations"])] = .strings(mark)
        return manifest(job, dependsOn: dependsOn)
    }
}
