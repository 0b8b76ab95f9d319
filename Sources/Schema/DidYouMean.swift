import Model

/// `` Did you mean `x`? ``, when a name is near enough.
package func didYouMean(_ text: String, among names: some Sequence<String>) -> String? {
    nearest(to: text, among: names).map { "Did you mean \(Wording.code($0))?" }
}
