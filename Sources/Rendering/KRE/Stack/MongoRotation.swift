import JSON
import Model

/// How the credentials of the runtime's database are made anew, without a moment in which one that is in use does not open it:
///
/// 1. `kre-mongo-next` gets new names and passwords;
/// 2. a Job makes these users beside the old ones, and logs in as each;
/// 3. the Secrets that everything reads take them over, and what read the old ones is rolled;
/// 4. a Job drops the old users. Then `kre-mongo-next` goes.
///
/// Whatever is done twice does no harm, so that one that was cut off goes on from anywhere. The server itself is not restarted: it reads
/// its Secrets when it starts, and needs them then only where its volume is empty.
extension RuntimeStack {
    private typealias Key = StackNames.Secret

    private static let name = "kre-mongo-next"
    private static let oldUser = "OLD_USERNAME"
    private static let oldReader = "OLD_READER_USERNAME"

    var mongoRotation: CredentialRotation {
        let next = nextSecret
        let current = [
            EnvironmentVariable("USERNAME", secret: Key.mongo, key: Key.mongoUser),
            EnvironmentVariable("PASSWORD", secret: Key.mongo, key: Key.mongoPassword),
        ]
        let users = job(
            Self.name, Self.creation,
            environment: current + [
                EnvironmentVariable("NEXT_USERNAME", secret: Self.name, key: Key.mongoUser),
                EnvironmentVariable("NEXT_PASSWORD", secret: Self.name, key: Key.mongoPassword),
                EnvironmentVariable("NEXT_URI", secret: Self.name, key: Key.mongoURI),
                EnvironmentVariable("NEXT_READER_USERNAME", secret: Self.name, key: Key.mongoReaderUser),
                EnvironmentVariable("NEXT_READER_PASSWORD", secret: Self.name, key: Key.mongoReaderPassword),
            ], dependsOn: [next.address])
        let removal = job(
            "kre-mongo-retire", Self.removal,
            environment: current + [
                EnvironmentVariable("READER_USERNAME", secret: Key.mongoReader, key: Key.mongoReaderUser),
                EnvironmentVariable("OLD_USERNAME", secret: Self.name, key: Self.oldUser),
                EnvironmentVariable("OLD_READER_USERNAME", secret: Self.name, key: Self.oldReader),
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
            name: "users", image: runtime.part(.mongodb).image, command: ["/bin/bash", "-c"], args: [Self.common + script],
            // The shell wants to keep its history somewhere.
            environment: environment + [EnvironmentVariable("HOME", "/tmp")], mounts: [Mount(volume: "tmp", path: "/tmp")],
            resources: Resources(cpu: "50m", memory: "128Mi", memoryLimit: "512Mi"),
            security: ContainerSecurity(user: 999, group: 999, readOnlyRoot: true))
        let pod = Pod(
            labels: stamp.labels(.mongodb), serviceAccount: StackNames.serviceAccount, containers: [container],
            volumes: [Volume(name: "tmp", source: .empty)], placement: Placement(pullSecrets: runtime.stack.imagePullSecrets))
        var job = stamp.job(name, .mongodb, pod: pod)
        job[JSONPointer(tokens: ["metadata", "annotations"])] = .strings(mark)
        return manifest(job, dependsOn: dependsOn)
    }

    /// Names and passwords are letters, digits and hyphens: none of them ends a string of the shell's.
    private static let common = #"""
        set -eu
        shell=$(command -v mongosh || command -v mongo)
        server="mongodb://\#(StackNames.mongoService):27017/admin?replicaSet=rs0"
        as() {
          "$shell" "$server" --quiet --username "$1" --password "$2" --authenticationDatabase "$3" --eval "$4"
        }
        tries=0
        until "$shell" "mongodb://\#(StackNames.mongoService):27017/admin" --quiet \
          --eval 'quit(db.isMaster().ismaster ? 0 : 1)' > /tmp/answer 2>&1; do
          tries=$((tries + 1))
          if [ "$tries" -ge 20 ]; then echo "the database takes no writes at \#(StackNames.mongoService):"; cat /tmp/answer; exit 1; fi
          sleep 3
        done

        """#

    /// A user of that name that is there gets the password: the Job may have come so far before. Never the one that is in use.
    private static let creation = #"""
        if [ "$NEXT_USERNAME" = "$USERNAME" ] && [ "$NEXT_PASSWORD" != "$PASSWORD" ]; then
          echo "$NEXT_USERNAME is in use, with another password: nothing was changed"
          exit 1
        fi
        if as "$USERNAME" "$PASSWORD" admin 'db.runCommand({ping: 1})' > /dev/null; then
          user=$USERNAME password=$PASSWORD
        else
          echo "$USERNAME is not let in; trying $NEXT_USERNAME, who may be there already"
          user=$NEXT_USERNAME password=$NEXT_PASSWORD
        fi
        as "$user" "$password" admin "
          function make(database, name, password, role) {
            var there = db.getSiblingDB(database);
            var user = {pwd: password, roles: [{role: role, db: database}]};
            if (there.getUser(name) !== null) { there.updateUser(name, user); return; }
            user.user = name;
            there.createUser(user);
          }
          make('admin', '$NEXT_USERNAME', '$NEXT_PASSWORD', 'root');
          make('\#(StackNames.database)', '$NEXT_READER_USERNAME', '$NEXT_READER_PASSWORD', 'read');"
        "$shell" "$NEXT_URI" --quiet --eval 'db.adminCommand({usersInfo: 1}).users.length'
        as "$NEXT_READER_USERNAME" "$NEXT_READER_PASSWORD" \#(StackNames.database) \
          'db.getSiblingDB("\#(StackNames.database)").getCollectionNames().length'
        echo "$NEXT_USERNAME and $NEXT_READER_USERNAME are let in"

        """#

    /// Never the users that the Secrets name.
    private static let removal = #"""
        as "$USERNAME" "$PASSWORD" admin "
          function drop(database, name, kept) {
            var there = db.getSiblingDB(database);
            if (name !== kept && there.getUser(name) !== null) { there.dropUser(name); }
          }
          drop('\#(StackNames.database)', '$OLD_READER_USERNAME', '$READER_USERNAME');
          drop('admin', '$OLD_USERNAME', '$USERNAME');"
        echo "$OLD_USERNAME and $OLD_READER_USERNAME are not let in any more"

        """#
}
