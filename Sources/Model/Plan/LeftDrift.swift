/// What a plan sees and leaves as it is in one object: fields that others changed.
package struct LeftDrift: Sendable, Hashable {
    package enum Source: String, Sendable, Hashable {
        /// `--leave`: in this plan.
        case flag
        /// `ignore` in the file: in every plan.
        case file
    }

    package let address: ResourceAddress
    package let entity: EntityAddress
    package let source: Source
    /// As if they were put back: `old` is live and stays, `new` is what the files say. In order of their paths.
    package let differences: [Difference]

    package init(address: ResourceAddress, entity: EntityAddress, source: Source, differences: [Difference]) {
        self.address = address
        self.entity = entity
        self.source = source
        self.differences = differences
    }
}
