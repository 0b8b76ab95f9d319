/// The name that was probably meant by `text`: the nearest of `names` when it is near enough, else nil.
///
/// Near is at most one edit in three characters (Damerau-Levenshtein in its restricted form: insert, delete, replace,
/// swap two neighbours; letter case costs nothing unless names tie), or a beginning of at least three characters. Of
/// names equally near the first wins.
package func nearest(to text: String, among names: some Sequence<String>) -> String? {
    let wanted = Array(text.lowercased().unicodeScalars.prefix(100))
    guard !wanted.isEmpty else { return nil }
    var best: (name: String, distance: Int)?
    var beginning: String?
    for name in names where name != text {
        let candidate = Array(name.lowercased().unicodeScalars.prefix(100))
        if beginning == nil, wanted.count >= 3, candidate.starts(with: wanted) { beginning = name }
        let most = max(1, max(wanted.count, candidate.count) / 3)
        guard abs(wanted.count - candidate.count) <= most else { continue }
        let distance = editDistance(wanted, candidate)
        // Two names that share nothing but their length are not near each other.
        guard distance <= most, distance < min(wanted.count, candidate.count) else { continue }
        if distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name ?? beginning
}

/// Three rows of the usual table are enough: a swap looks two rows back.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var previous = Array(0...right.count)
    for i in left.indices {
        var current = [i + 1]
        current.reserveCapacity(right.count + 1)
        for j in right.indices {
            let replaced = previous[j] + (left[i] == right[j] ? 0 : 1)
            var least = min(replaced, previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { least = min(least, before[j - 1] + 1) }
            current.append(least)
        }
        before = previous
        previous = current
    }
    return previous[right.count]
}
