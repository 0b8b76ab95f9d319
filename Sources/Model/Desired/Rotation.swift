/// Generated credentials of a runtime that are to be made anew.
package struct Rotation: Sendable, Hashable {
    package let runtime: String
    /// By component, sorted.
    package let parts: [CredentialRotation]
    /// Everything as it is to be afterwards, and, among the runtime's objects, those that are there only meanwhile.
    package let rendered: RenderedState

    package init(runtime: String, parts: [CredentialRotation], rendered: RenderedState) {
        self.runtime = runtime
        self.parts = parts.sorted { $0.component < $1.component }
        self.rendered = rendered
    }
}

/// How the generated credentials of one component of a runtime are made anew. What is prepared and what retires bears
/// `ObjectAnnotations.rotation`, and is there only meanwhile.
package struct CredentialRotation: Sendable, Hashable {
    package let component: String
    /// The one that there is afterwards.
    package let generation: Int
    /// What makes the new ones and lets them in. The Secret of these is the first to come and the last to go: while it is there, the
    /// rotation is not finished.
    package let preparing: [Manifest]
    /// The Secrets that everything reads, with values that are made anew.
    package let secrets: [Manifest]
    /// What shuts out the old ones, when nothing uses them any more. The Secret of the new ones may have been lost by then.
    package let retiring: [Manifest]

    package init(
        component: String, generation: Int, preparing: [Manifest] = [], secrets: [Manifest], retiring: [Manifest] = []
    ) {
        self.component = component
        self.generation = generation
        self.preparing = preparing
        self.secrets = secrets
        self.retiring = retiring
    }

    /// What is there only meanwhile.
    package var temporary: [Manifest] { preparing + retiring }
}

/// A component of a runtime, and whether it has credentials that Kreform can make anew.
package struct ComponentCredentials: Sendable, Hashable {
    package enum Standing: Sendable, Hashable {
        case generated(CredentialRotation)
        /// Why not, as a clause of which the component is the subject, and what to do instead.
        case not(because: String, instead: String)
    }

    /// As the file calls it.
    package let name: String
    package let standing: Standing

    package init(_ name: String, _ standing: Standing) {
        self.name = name
        self.standing = standing
    }
}
