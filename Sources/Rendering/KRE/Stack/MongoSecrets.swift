import JSON
import Model

/// The users of the runtime's database. Each making of the credentials has users of its own: while the pods are rolled, the old ones
/// and the new ones log in side by side.
extension RuntimeStack {
    private typealias Key = StackNames.Secret

    /// The administrator, the replica set's key, and the address with both in it that nodes, writers and APIs read.
    ///
    /// - Parameter next: the Secret that the credentials are taken from when they're made anew; nil to leave those that there are.
    func mongoSecret(from next: MongoNext? = nil) -> Manifest {
        manifest(
            stamp.object("v1", "Secret", Key.mongo, .mongodb, annotations: scope.generation(of: .mongodb), ["type": "Opaque"]),
            generated: [
                Key.mongoUser: next?.copy(Key.mongoUser) ?? .text(mongoUser),
                Key.mongoPassword: next?.copy(Key.mongoPassword) ?? .random(32),
                Key.mongoKey: .random(64),
                Key.mongoURI: Self.mongoURI,
            ],
            renewed: next == nil ? [] : [Key.mongoUser, Key.mongoPassword, Key.mongoURI], dependsOn: next?.proof ?? [])
    }

    /// The user who may only read. The database makes it, whether the view is there or not.
    func mongoReaderSecret(from next: MongoNext? = nil) -> Manifest {
        manifest(
            stamp.object(
                "v1", "Secret", Key.mongoReader, .mongoExpress, annotations: scope.generation(of: .mongodb), ["type": "Opaque"]),
            generated: [
                Key.mongoReaderUser: next?.copy(Key.mongoReaderUser) ?? .text(mongoReaderUser),
                Key.mongoReaderPassword: next?.copy(Key.mongoReaderPassword) ?? .random(32),
            ],
            renewed: next == nil ? [] : [Key.mongoReaderUser, Key.mongoReaderPassword], dependsOn: next?.proof ?? [])
    }

    static var mongoURI: GeneratedValue {
        .template([
            .text("mongodb://"), .value(Key.mongoUser), .text(":"), .value(Key.mongoPassword),
            .text("@\(StackNames.mongoService):27017/admin?replicaSet=rs0"),
        ])
    }

    var mongoUser: String { numbered("kre") }
    var mongoReaderUser: String { numbered("kre-runtime-data") }

    private func numbered(_ name: String) -> String {
        let number = scope.number(of: .mongodb)
        return number > 1 ? "\(name)-\(number)" : name
    }
}

/// Where the credentials stand that are to be, until everything uses them.
struct MongoNext {
    let secret: String
    /// What has shown that the database lets them in.
    let proof: [ResourceAddress]

    func copy(_ key: String) -> GeneratedValue { .copy(secret: secret, key: key) }
}

extension GeneratedValue {
    /// Once made, it is kept like one that nobody could make again.
    static func text(_ text: String) -> GeneratedValue { .template([.text(text)]) }
}
