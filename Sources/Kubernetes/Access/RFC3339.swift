/// Times as RFC 3339 writes them, fractions and offsets included.
enum RFC3339 {
    /// Seconds since 1970-01-01T00:00:00Z; nil for what is no such time.
    static func seconds(_ text: String) -> Double? {
        var bytes = Array(text.utf8)[...]
        func take(_ count: Int) -> Int? {
            let digits = bytes.prefix(count)
            guard digits.count == count, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            bytes = bytes.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func skip(_ characters: String) -> Bool {
            guard let byte = bytes.first, characters.utf8.contains(byte) else { return false }
            bytes = bytes.dropFirst()
            return true
        }
        guard let year = take(4), skip("-"), let month = take(2), skip("-"), let day = take(2), skip("Tt "),
            let hour = take(2), skip(":"), let minute = take(2), skip(":"), let second = take(2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction = 0.0
        if skip(".") {
            var digits = 0
            var weight = 1.0
            while let digit = take(1) {
                digits += 1
                weight /= 10
                fraction += Double(digit) * weight
            }
            guard digits > 0 else { return nil }
        }
        var offset = 0
        if !skip("Zz") {
            let isEast = bytes.first == UInt8(ascii: "+")
            guard skip("+-"), let hours = take(2), skip(":"), let minutes = take(2) else { return nil }
            offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
        }
        guard bytes.isEmpty else { return nil }
        return Double(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset) + fraction
    }

    /// Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
