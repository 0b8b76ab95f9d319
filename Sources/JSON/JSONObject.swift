/// The members of a JSON object, sorted by key. Sorted because objects are mostly written once, then compared, walked and
/// printed in order: all of that needs no hashing. A lookup takes as many comparisons as the count has bits.
package struct JSONObject: Sendable {
    package typealias Element = (key: String, value: JSONValue)

    private var members: [Element]

    package init() { members = [] }

    /// A key that is given twice keeps its last value.
    package init(_ pairs: some Sequence<(String, JSONValue)>) {
        self.init(unsorted: pairs.map { (key: $0, value: $1) })
    }

    /// A key that is given twice keeps its last value. The array becomes the object's own.
    init(unsorted members: consuming [Element]) {
        self.members = members
        sort()
    }

    package init(_ dictionary: [String: JSONValue]) {
        members = dictionary.map { (key: $0.key, value: $0.value) }
        members.sort { $0.key < $1.key }
    }

    package init(_ pairs: some Sequence<(String, JSONValue)>, uniquingKeysWith choose: (JSONValue, JSONValue) -> JSONValue) {
        members = []
        for (key, value) in pairs {
            let (index, isThere) = place(of: key)
            if isThere { members[index].value = choose(members[index].value, value) } else { members.insert((key, value), at: index) }
        }
    }

    private mutating func sort() {
        guard members.count > 1, !isSorted else { return }
        // The sort is stable: of two with one key the later one comes second.
        members.sort { $0.key < $1.key }
        if isSorted { return }
        var kept: [Element] = []
        kept.reserveCapacity(members.count)
        for member in members {
            if let last = kept.last, last.key == member.key { kept[kept.count - 1] = member } else { kept.append(member) }
        }
        members = kept
    }

    /// Whether every key comes after the one before it.
    private var isSorted: Bool {
        for index in 1..<members.count where members[index - 1].key >= members[index].key { return false }
        return true
    }

    /// Where the key is, or would be.
    private func place(of key: String) -> (index: Int, isThere: Bool) {
        var low = 0, high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return (low, low < members.count && members[low].key == key)
    }

    // MARK: Members

    /// Nil when there is none of that key; setting nil removes it.
    package subscript(_ key: String) -> JSONValue? {
        get {
            let (index, isThere) = place(of: key)
            return isThere ? members[index].value : nil
        }
        _modify {
            let (index, isThere) = place(of: key)
            var value: JSONValue?
            if isThere {
                value = members[index].value
                // Let go of the storage, so that the change happens in place.
                members[index].value = .null
            }
            defer {
                switch (value, isThere) {
                case (let value?, true): members[index].value = value
                case (let value?, false): members.insert((key, value), at: index)
                case (nil, true): members.remove(at: index)
                case (nil, false): break
                }
            }
            yield &value
        }
    }

    /// Sorted.
    package var keys: LazyMapSequence<[Element], String> { members.lazy.map(\.key) }
    /// In the order of their keys.
    package var values: LazyMapSequence<[Element], JSONValue> { members.lazy.map(\.value) }

    package mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSONValue? {
        let (index, isThere) = place(of: key)
        return isThere ? members.remove(at: index).value : nil
    }

    package mutating func merge(_ others: some Sequence<Element>, uniquingKeysWith choose: (JSONValue, JSONValue) -> JSONValue) {
        for (key, value) in others { self[key] = self[key].map { choose($0, value) } ?? value }
    }

    package func merging(
        _ others: some Sequence<Element>, uniquingKeysWith choose: (JSONValue, JSONValue) -> JSONValue
    ) -> JSONObject {
        var merged = self
        merged.merge(others, uniquingKeysWith: choose)
        return merged
    }

    package func filter(_ isKept: (Element) throws -> Bool) rethrows -> JSONObject {
        var object = JSONObject()
        object.members = try members.filter(isKept)
        return object
    }

    package func mapValues(_ transform: (JSONValue) throws -> JSONValue) rethrows -> JSONObject {
        var object = JSONObject()
        object.members = try members.map { (key: $0.key, value: try transform($0.value)) }
        return object
    }

    /// The members whose values `transform` keeps, by key.
    package func compactMapValues<Kept>(_ transform: (JSONValue) throws -> Kept?) rethrows -> [String: Kept] {
        var kept: [String: Kept] = [:]
        for (key, value) in members { kept[key] = try transform(value) }
        return kept
    }
}

extension JSONObject: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { members.count }
    package subscript(_ index: Int) -> Element { members[index] }
}

extension JSONObject: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        guard left.members.count == right.members.count else { return false }
        for index in left.members.indices {
            guard left.members[index].key == right.members[index].key, left.members[index].value == right.members[index].value
            else { return false }
        }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for (key, value) in members {
            hasher.combine(key)
            hasher.combine(value)
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A key that is given twice keeps its last value.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension [String: JSONValue] {
    package init(_ object: JSONObject) { self = Dictionary(uniqueKeysWithValues: object.lazy.map { ($0.key, $0.value) }) }
}
