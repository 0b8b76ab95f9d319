import Digest

/// A package that a store has.
package struct StoredPackage: Sendable, Hashable {
    package let digest: SHA256Digest
    package let key: String
    /// Bytes.
    package let size: Int
    /// When it was put, as the store writes times.
    package let modified: String

    package init(digest: SHA256Digest, key: String, size: Int, modified: String) {
        self.digest = digest
        self.key = key
        self.size = size
        self.modified = modified
    }
}

/// Where packages are kept for pods to fetch: an S3 bucket of a store that the file names or of a runtime's own, or the sandbox's
/// folder. A package's key follows from its digest, so a key never has other bytes, and putting one twice is no harm.
package protocol PackageStore: Sendable {
    /// Whether the store has exactly this package.
    func has(_ package: PackageUpload) async throws(Diagnostic) -> Bool

    /// Brings the package to the store, which has exactly it afterwards; nothing else is ever under its key. What an earlier call
    /// that was cut off has sent is not sent again. Cancelling the task ends it.
    func put(_ package: PackageUpload, _ report: @escaping @Sendable (UploadProgress) -> Void) async throws(Diagnostic)

    /// All packages that the store has, sorted by key.
    func list() async throws(Diagnostic) -> [StoredPackage]

    /// Removes packages; those that are gone are no error.
    func remove(_ packages: [StoredPackage]) async throws(Diagnostic)

    /// Which packages the states of all who use the store refer to, by the name that each gave itself.
    func references() async throws(Diagnostic) -> [String: Set<SHA256Digest>]

    /// Notes which packages a state refers to; without any its note goes.
    func setReferences(of name: String, to digests: Set<SHA256Digest>) async throws(Diagnostic)
}

/// The stores of a desired state, by what lies in them.
package struct PackageStores: Sendable {
    /// The one that the file names, for all runtimes. Others may use it too: it is told which packages are in use.
    package let shared: (any PackageStore)?
    private let stores: [PackagePlace: any PackageStore]

    /// - Parameter own: those of the runtimes.
    package init(shared: (PackagePlace, any PackageStore)? = nil, own: [(PackagePlace, any PackageStore)] = []) {
        self.shared = shared?.1
        let all = own + (shared.map { [$0] } ?? [])
        stores = Dictionary(all.map { ($0.0.store, $0.1) }, uniquingKeysWith: { first, _ in first })
    }

    /// The store that a place is in; nil for one that the desired state does not lead to.
    package func store(of place: PackagePlace) -> (any PackageStore)? { stores[place.store] }
}

/// The packages of a store, and who refers to each.
package struct StoreReport: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let package: StoredPackage
        /// `version/RUNTIME/NAME` of this engine's files and state, and `ENGINE (LINEAGE)` of others'; sorted. Empty when nobody does.
        package let users: [String]

        package init(package: StoredPackage, users: [String]) {
            self.package = package
            self.users = users
        }
    }

    /// `s3://bucket at ENDPOINT`, or whose own it is.
    package let store: String
    /// Where it is.
    package let place: PackagePlace
    /// Whose own it is; nil for a store that the file names.
    package let runtime: String?
    /// Whether all who refer to packages are known: not, when the state does not know the runtime.
    package let isComplete: Bool
    /// Sorted by key.
    package let entries: [Entry]
    /// Why the store cannot be asked; it has no entries then.
    package let fault: Diagnostic?

    package init(
        store: String, place: PackagePlace, runtime: String? = nil, isComplete: Bool = true, entries: [Entry], fault: Diagnostic? = nil
    ) {
        self.store = store
        self.place = place
        self.runtime = runtime
        self.isComplete = isComplete
        self.entries = entries
        self.fault = fault
    }

    /// What nobody refers to, as far as that is known.
    package var unused: [StoredPackage] { isComplete ? entries.filter(\.users.isEmpty).map(\.package) : [] }
}

/// The text of a note in a store: a digest a line.
package enum PackageReferences {
    package static func text(_ digests: Set<SHA256Digest>) -> String { digests.sorted().map { "\($0)\n" }.joined() }

    /// Nil when it is no such note: then nothing is known, and nothing may be removed.
    package static func read(_ text: String) -> Set<SHA256Digest>? {
        var digests: Set<SHA256Digest> = []
        for line in text.split(separator: "\n") {
            guard let digest = SHA256Digest(String(line)) else { return nil }
            digests.insert(digest)
        }
        return digests
    }
}
