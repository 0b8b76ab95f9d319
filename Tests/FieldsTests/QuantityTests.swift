import Fields
import Testing

@Suite struct QuantityTests {
    static let canonical: [(String, String)] = [
        ("0", "0"), ("0Gi", "0"), ("1", "1"), ("1000m", "1"), ("0.5", "500m"), ("0.1Gi", "107374182400m"),
        ("1500m", "1500m"),
        ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0.5Ki", "512"), ("1024", "1024"), ("1000", "1k"), ("1e3", "1k"),
        ("12E6", "12M"), ("5n", "5n"), ("-2", "-2"), ("+2", "2"), ("16Ei", "16Ei"), (".5", "500m"), ("100M", "100M"),
    ]

    @Test(arguments: canonical) func hasACanonicalForm(_ text: String, _ form: String) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.description == form)
        #expect(Quantity(form) == quantity)
    }

    @Test(arguments: ["", "Gi", "1GiB", "1 Gi", "1K", "one", "1e", "1.2.3", "--1", "1e99"]) func refuses(_ text: String)
    {
        #expect(Quantity(text) == nil)
    }

    @Test func comparesAmounts() throws {
        #expect(try #require(Quantity("1Gi")) > #require(Quantity("1G")))
        #expect(Quantity("1024Mi") == Quantity("1Gi"))
    }
}
