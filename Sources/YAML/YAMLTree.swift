/// How much a file may ask of its reader.
package struct YAMLLimits: Sendable, Hashable {
    /// The size of the file in bytes.
    package var bytes: Int
    /// How many lists and mappings may lie in one another.
    package var depth: Int
    /// How many nodes the tree may have, each alias counted as all that it stands for.
    package var nodes: Int

    package init(bytes: Int = 32 << 20, depth: Int = 100, nodes: Int = 500_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }

    /// Enough for a file of ten thousand versions, and small enough that no file takes more than about a second.
    package static let standard = YAMLLimits()
}

extension YAMLNode {
    /// Reads a file that holds one YAML 1.1 document in UTF-8, with or without a byte order mark.
    ///
    /// A file without any content is an empty plain scalar at 1:1. Aliases are resolved; one that stands for itself,
    /// and aliases that expand to more than `limits.nodes`, are refused, as is a second document.
    package init(parsing bytes: [UInt8], limits: YAMLLimits = .standard) throws(YAMLError) {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                reason: "the file has \(bytes.count) bytes, more than the \(limits.bytes) that are read",
                advice: "Split it into several files.", at: .origin)
        }
        var tree = YAMLTree(events: try YAMLEvents(try YAMLText(bytes)), limits: limits)
        self = try tree.document()
    }

    /// Reads a text as if it were the content of a file.
    package init(parsing text: String, limits: YAMLLimits = .standard) throws(YAMLError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}

/// Builds the tree from the events and resolves aliases.
struct YAMLTree: ~Copyable {
    private var events: YAMLEvents
    private let limits: YAMLLimits
    /// The nodes that have an anchor, by its name; `nil` while the node is still being read.
    private var anchors: [String: YAMLNode?] = [:]
    private var nodes = 0

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func document() throws(YAMLError) -> YAMLNode {
        var root: YAMLNode?
        while true {
            switch try events.next() {
            case .streamEnd:
                let origin = YAMLRange(start: .origin, end: .origin)
                return root ?? YAMLNode(kind: .scalar(YAMLScalar(text: "", style: .plain)), range: origin)
            case .documentStart(let range):
                guard root == nil else {
                    throw YAMLError(
                        reason: "a second document begins here, and only one is read",
                        advice: "Remove the `---`, or move what follows into a file of its own.", range: range)
                }
                root = try node(try events.next(), depth: 0)
            default:
                continue
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        switch event {
        case .alias(let name, let range):
            return try resolve(name, at: range)
        case .scalar(let scalar, let tag, let anchor, let range):
            try count(1, at: range)
            return keep(YAMLNode(kind: .scalar(scalar), tag: tag, range: range), anchor: anchor)
        case .sequenceStart(let tag, let anchor, let flow, let range):
            try open(anchor: anchor, depth: depth, at: range)
            let (items, end) = try children(depth: depth + 1)
            let whole = YAMLRange(start: range.start, end: flow ? end : items.last?.writtenEnd ?? range.end)
            return keep(YAMLNode(kind: .sequence(items), tag: tag, range: whole), anchor: anchor)
        case .mappingStart(let tag, let anchor, let flow, let range):
            try open(anchor: anchor, depth: depth, at: range)
            let (items, end) = try children(depth: depth + 1)
            let pairs = stride(from: 0, to: items.count - 1, by: 2).map {
                YAMLPair(key: items[$0], value: items[$0 + 1])
            }
            let whole = YAMLRange(start: range.start, end: flow ? end : items.last?.writtenEnd ?? range.end)
            return keep(YAMLNode(kind: .mapping(pairs), tag: tag, range: whole), anchor: anchor)
        case .collectionEnd(let range), .documentStart(let range):
            throw YAMLError(reason: "no value where one must stand", advice: "Write the value.", range: range)
        case .streamEnd, .other:
            throw YAMLError(reason: "the file ends too early", advice: "Write the missing value.", at: .origin)
        }
    }

    /// The nodes up to the end of the collection, and where that end is written (of use in flow style only: the end of
    /// a block collection is reported where the next line begins).
    private mutating func children(depth: Int) throws(YAMLError) -> ([YAMLNode], YAMLMark) {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .collectionEnd(let range) = event { return (items, range.end) }
            items.append(try node(event, depth: depth))
        }
    }

    private mutating func open(anchor: String?, depth: Int, at range: YAMLRange) throws(YAMLError) {
        guard depth < limits.depth else {
            throw YAMLError(
                reason: "lists and mappings nested more than \(limits.depth) deep", advice: "Nest them less.",
                range: range)
        }
        if let anchor { anchors.updateValue(nil, forKey: anchor) }
        try count(1, at: range)
    }

    private mutating func keep(_ node: YAMLNode, anchor: String?) -> YAMLNode {
        if let anchor { anchors.updateValue(node, forKey: anchor) }
        return node
    }

    private mutating func resolve(_ name: String, at range: YAMLRange) throws(YAMLError) -> YAMLNode {
        guard let entry = anchors[name] else {
            throw YAMLError(
                reason: "`*\(name)` refers to an anchor that no line above sets",
                advice: "Write `&\(name)` before the value it stands for, or quote a text that begins with `*`.",
                range: range)
        }
        guard let node = entry else {
            throw YAMLError(
                reason: "`*\(name)` stands inside the value it refers to",
                advice: "Write the value out; nothing can contain itself.", range: range)
        }
        try count(node.size, at: range)
        return node.aliased(at: range)
    }

    private mutating func count(_ more: Int, at range: YAMLRange) throws(YAMLError) {
        nodes += more
        guard nodes <= limits.nodes else {
            throw YAMLError(
                reason: "more than \(limits.nodes) values, aliases counted as what they stand for",
                advice: "Split the file, or use fewer aliases that contain aliases.", range: range)
        }
    }
}

extension YAMLNode {
    /// Where the node ends in the text around it: at the alias when that is what is written there.
    fileprivate var writtenEnd: YAMLMark { (alias ?? range).end }
}
