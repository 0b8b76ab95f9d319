import JSON
import Model

extension Planning {
    /// `generations`, where a rotation counts as unfinished when its new values are in the Secrets and something that reads them as it
    /// starts was not changed for that yet: to make others would leave the first ones unused.
    ///
    /// - Parameters:
    ///   - rendered: for `generations`.
    ///   - state: has what was applied last, which counts as long as nobody has looked.
    ///   - look: what was seen, by someone who `desired` that.
    package static func withUnread(
        _ generations: Generations, of runtime: String, in rendered: RenderedState, state: State,
        look: (live: LiveState, desired: RenderedState)? = nil
    ) -> Generations {
        let desired = (look?.desired.entities ?? []).lazy.filter { $0.address.runtime == runtime }.flatMap(\.manifests)
        let wanted = Dictionary(desired.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
        func content(_ address: ResourceAddress) -> JSONValue? {
            guard let look else { return state.objects[address]?.applied }
            // Of an object that is as it was wanted, no more may be known than that.
            return look.live.objects[address].flatMap { $0.isOutline ? wanted[address]?.content : $0.content }
        }
        var unread: Set<String> = []
        for manifest in rendered.entities.lazy.filter({ $0.address.runtime == runtime }).flatMap(\.manifests) {
            guard !manifest.readCredentials.isEmpty, let content = content(manifest.address) else { continue }
            unread.formUnion(manifest.unreadCredentials(in: content))
        }
        return unread.reduce(generations) { $0.withUnfinished($1, in: runtime) }
    }
}

extension Manifest {
    /// Which credentials its pods read as they start, each as `mongodb-2`.
    var readCredentials: [String] { content.readCredentials }

    /// The components whose credentials its pods are to read, and as they are in `content` read earlier ones of.
    func unreadCredentials(in content: JSONValue) -> [String] {
        let read = content.readCredentials
        return readCredentials.filter { !read.contains($0) }.compactMap { mark in mark.lastIndex(of: "-").map { String(mark[..<$0]) } }
    }
}

extension JSONValue {
    fileprivate var readCredentials: [String] {
        let marks = self["spec"]?["template"]?.annotation(ObjectAnnotations.credentials) ?? ""
        return marks.split(separator: ",").map(String.init)
    }
}
