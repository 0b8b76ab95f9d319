/// One node of a YAML file with the place where it is written.
///
/// Nothing is typed here: `no`, `on`, `1_0` and `0o7` are text, and their style says that they were written plain. A
/// merge key (`<<`) is a key like any other, because what it does to the order and the positions of keys would
/// surprise; the readers of files refuse it by name.
package struct YAMLNode: Sendable, Hashable {
    /// What the node is.
    package enum Kind: Sendable, Hashable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }

    package let kind: Kind
    /// The node's tag in full (`tag:yaml.org,2002:str`, `!local`), `!` for a lone one, `nil` when none is written.
    package let tag: String?
    /// Where the node is written. For a node that came by an alias this is the anchored node.
    package let range: YAMLRange
    /// Where the alias (`*name`) stands that brought this node here; `nil` when the node is written in place.
    package let alias: YAMLRange?
    /// How many nodes the tree has from here down, aliases expanded.
    let size: Int

    package init(kind: Kind, tag: String? = nil, range: YAMLRange, alias: YAMLRange? = nil) {
        self.kind = kind
        self.tag = tag
        self.range = range
        self.alias = alias
        size = switch kind {
        case .scalar: 1
        case .sequence(let items): items.reduce(1) { $0 + $1.size }
        case .mapping(let pairs): pairs.reduce(1) { $0 + $1.key.size + $1.value.size }
        }
    }

    private init(_ node: YAMLNode, alias: YAMLRange) {
        kind = node.kind
        tag = node.tag
        range = node.range
        self.alias = alias
        size = node.size
    }

    /// The same node as it is seen through the alias at `alias`.
    func aliased(at alias: YAMLRange) -> YAMLNode {
        YAMLNode(self, alias: alias)
    }

    package var start: YAMLMark { range.start }
    package var end: YAMLMark { range.end }

    /// The scalar, or `nil` when the node is a list or a mapping.
    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = kind { scalar } else { nil }
    }

    /// The items of a sequence, or `nil` when the node is something else.
    package var items: [YAMLNode]? {
        if case .sequence(let items) = kind { items } else { nil }
    }

    /// The pairs of a mapping in the order written, duplicates included, or `nil` when the node is something else.
    package var pairs: [YAMLPair]? {
        if case .mapping(let pairs) = kind { pairs } else { nil }
    }

    /// True for nothing at all, `~` and `null` written plain, and for what is tagged `!!null`.
    package var isNull: Bool {
        guard let scalar else { return false }
        if let tag { return tag == "tag:yaml.org,2002:null" }
        guard scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.text)
    }

    /// The value of the first pair whose key is the scalar `key`.
    package subscript(_ key: String) -> YAMLNode? {
        pairs?.first { $0.key.scalar?.text == key }?.value
    }
}

/// A text and how it was written.
package struct YAMLScalar: Sendable, Hashable {
    /// The five ways to write a scalar.
    package enum Style: Sendable, Hashable { case plain, singleQuoted, doubleQuoted, literal, folded }

    /// The text after quotes, escapes and folding are resolved.
    package let text: String
    package let style: Style

    package init(text: String, style: Style) {
        self.text = text
        self.style = style
    }
}

/// A key of a mapping and its value.
package struct YAMLPair: Sendable, Hashable {
    package let key: YAMLNode
    package let value: YAMLNode

    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}
