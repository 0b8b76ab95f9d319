/// How fast the simulated cluster works.
package enum SandboxSpeed: Sendable, Hashable, CustomStringConvertible {
    /// Nothing takes any time.
    case instant
    /// So many times as fast as by default, where a pod is ready in one to two seconds.
    case multiplied(Double)

    /// Reads `instant`, or a number above 0 with or without an `x` after it: `4`, `0.5x`.
    package init?(_ text: String) {
        if text == "instant" {
            self = .instant
        } else {
            guard let factor = Double(text.hasSuffix("x") ? String(text.dropLast()) : text), factor > 0, factor.isFinite
            else { return nil }
            self = .multiplied(factor)
        }
    }

    package var description: String {
        switch self {
        case .instant: "instant"
        case .multiplied(let factor): "\(factor)x"
        }
    }

    /// How long something takes that takes `seconds` by default.
    package func scaled(_ seconds: Double) -> Double {
        switch self {
        case .instant: 0
        case .multiplied(let factor): seconds / factor
        }
    }
}
