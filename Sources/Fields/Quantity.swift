/// A Kubernetes quantity, such as `500m` or `1.5Gi`
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). Two are equal when their amounts
/// are:
/// `1000m` and `1`.
package struct Quantity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The amount in billionths; finer parts are rounded up, as the API server does.
    private let nano: Int128
    private let binary: Bool

    /// Reads a number with an optional suffix: `n` `u` `m` `k` `M` `G` `T` `P` `E`, `Ki` … `Ei`, or a decimal exponent.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        var negative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            bytes.removeFirst()
        }
        let whole = bytes.prefix { $0 &- 0x30 < 10 }
        bytes = bytes.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            fraction = bytes.prefix { $0 &- 0x30 < 10 }
            bytes = bytes.dropFirst(fraction.count)
        }
        guard whole.count + fraction.count > 0, whole.count <= 19, fraction.count <= 9,
            let suffix = Self.suffix(String(decoding: bytes, as: UTF8.self))
        else { return nil }
        let digits = (whole + fraction).reduce(Int128(0)) { $0 * 10 + Int128($1 - 0x30) }
        let scaled = digits.multipliedReportingOverflow(by: suffix.nano)
        guard !scaled.overflow else { return nil }
        let divisor = Self.power(10, fraction.count)
        let amount = scaled.partialValue / divisor + (scaled.partialValue % divisor == 0 ? 0 : 1)
        nano = negative ? -amount : amount
        binary = suffix.binary
    }

    private init(nano: Int128, binary: Bool) {
        self.nano = nano
        self.binary = binary
    }

    private static let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    private static let binaries = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    private static func suffix(_ text: String) -> (nano: Int128, binary: Bool)? {
        if let index = decimal.firstIndex(of: text) { return (power(1000, index), false) }
        if let index = binaries.firstIndex(of: text) { return (power(1024, index + 1) * 1_000_000_000, true) }
        guard text.first == "e" || text.first == "E", let exponent = Int(text.dropFirst()), (-9...18).contains(exponent)
        else { return nil }
        return (power(10, exponent + 9), false)
    }

    private static func power(_ base: Int128, _ exponent: Int) -> Int128 {
        (0..<exponent).reduce(1) { value, _ in value * base }
    }

    package static func + (left: Self, right: Self) -> Self {
        Quantity(nano: left.nano + right.nano, binary: left.binary || right.binary)
    }
    package static func == (left: Self, right: Self) -> Bool { left.nano == right.nano }
    package static func < (left: Self, right: Self) -> Bool { left.nano < right.nano }
    package func hash(into hasher: inout Hasher) { hasher.combine(nano) }

    /// The canonical form, which the API server stores: no fraction, the largest suffix, binary ones kept binary from
    /// 1024.
    package var description: String {
        guard nano != 0 else { return "0" }
        let unit: Int128 = 1_000_000_000
        if binary, nano % unit == 0, abs(nano / unit) >= 1024 {
            var amount = nano / unit
            var power = 0
            while amount % 1024 == 0, power < Self.binaries.count {
                amount /= 1024
                power += 1
            }
            return "\(amount)" + (power == 0 ? "" : Self.binaries[power - 1])
        }
        var amount = nano
        var index = 0
        while amount % 1000 == 0, index < Self.decimal.count - 1 {
            amount /= 1000
            index += 1
        }
        return "\(amount)\(Self.decimal[index])"
    }
}
