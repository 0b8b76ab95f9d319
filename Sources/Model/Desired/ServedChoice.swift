/// Objects of an entity that are made only as far as the cluster serves their kinds: of several sets the first that it serves whole.
package struct ServedChoice: Sendable, Hashable {
    package struct Option: Sendable, Hashable {
        package let objects: Set<ResourceAddress>
        /// Once these are made they stay, although an earlier set comes to be served.
        package let stays: Bool

        package init(_ objects: some Sequence<ResourceAddress>, stays: Bool = false) {
            self.objects = Set(objects)
            self.stays = stays
        }
    }

    /// In the order of preference. An object may be in several.
    package let options: [Option]
    /// What to write instead where none is served, in sentences.
    package let advice: String
    /// Where the user asked for them.
    package let span: SourceSpan?

    package init(options: [Option], advice: String, span: SourceSpan?) {
        self.options = options
        self.advice = advice
        self.span = span
    }
}
