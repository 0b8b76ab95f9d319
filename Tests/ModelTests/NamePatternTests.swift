import Model
import Testing

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("*", "anything", true), ("*", "", true), ("a", "a", true), ("a", "ab", false),
        ("*-entrypoint", "v1-entrypoint", true), ("*-entrypoint", "entrypoint", false), ("v1-*", "v1-etl", true),
        ("v1-*", "v2-etl", false), ("*-etl-*", "v1-etl-x", true), ("*-etl-*", "v1-etl", false), ("a*a", "a", false),
        ("a*a", "aa", true), ("a*b*c", "abbc", true), ("a*bc*c", "abc", false), ("**x", "yx", true),
    ])
    func aStarStandsForAnyCharacters(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }
}
