import Digest

/// The keys under which a state's sensitive values are digested.
///
/// The state's own key seals what states and plans hold, and leaves the state's file for nowhere. What stands in the cluster, in
/// the names of Secrets that follow from what is in them, is made under a key for each runtime. That key stands in
/// the runtime's namespace too, in a Secret, so that a lost state can be rebuilt without rolling pods. Who reads the Secrets of one
/// namespace learns nothing from the digests in another.
package struct StateKeys: Sendable, Hashable {
    /// The state's own.
    package let own: DigestKey
    /// By runtime, keys that do not follow from the state's own: found in the cluster by a rebuild, or older than keys for each
    /// runtime.
    package let runtimes: [String: DigestKey]

    package init(own: DigestKey, runtimes: [String: DigestKey] = [:]) {
        self.own = own
        self.runtimes = runtimes
    }

    package func key(ofRuntime name: String) -> DigestKey { runtimes[name] ?? own.derived(for: "runtime/\(name)") }
}
