import Model

/// Finds objects by what people write: their address, or the short form of it that plans print when that is enough.
struct KnownObjects {
    private let addresses: [ResourceAddress]
    private let byText: [String: ResourceAddress]

    init(_ addresses: some Sequence<ResourceAddress>) {
        self.addresses = Set(addresses).sorted()
        byText = Dictionary(self.addresses.map { ("\($0)", $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The object that `text` names. `place` completes "There is no X in …"; `first` are those most likely meant.
    func find(
        _ text: String, in place: String, first likely: [ResourceAddress] = []
    ) -> Result<ResourceAddress, Diagnostic> {
        if let address = byText[text] { return .success(address) }
        let found = addresses.filter { $0.shortForms.contains(text) }
        if let only = found.first, found.count == 1 { return .success(only) }
        guard found.isEmpty else {
            return .failure(Diagnostic(
                code: "ambiguous-address", summary: "\(text) can be \(found.count) objects",
                detail: "Write which: \(Self.listed(found))."))
        }
        let names = (likely + addresses).map(\.description)
        let near = nearest(to: text, among: names)
            ?? nearest(to: text, among: addresses.map(\.short)).flatMap { short in
                addresses.first { $0.short == short }?.description
            }
        let known = likely.isEmpty ? "" : "There is \(Self.listed(likely))."
        return .failure(Diagnostic(
            code: "unknown-address", summary: "There is no \(text) in \(place)",
            detail: near.map { "Did you mean `\($0)`?" } ?? (known.isEmpty ? Self.form : known)))
    }

    private static let form = "An object's address is GROUP/KIND/NAMESPACE/NAME, such as "
        + "apps/Deployment/clientx-room-price/room-price-v2-entrypoint; `kreform state list` prints them."

    static func listed(_ addresses: [ResourceAddress], limit: Int = 6) -> String {
        let names = addresses.prefix(limit).map(\.description).joined(separator: ", ")
        return addresses.count > limit ? "\(names) and \(addresses.count - limit) more" : names
    }
}

extension ResourceAddress {
    /// `Deployment x`, `Deployment/x`, and with the namespace `Deployment n/x` and `Deployment/n/x`.
    fileprivate var shortForms: [String] {
        let forms = ["\(kind) \(name)", "\(kind)/\(name)"]
        guard let namespace else { return forms }
        return forms + ["\(kind) \(namespace)/\(name)", "\(kind)/\(namespace)/\(name)"]
    }
}
