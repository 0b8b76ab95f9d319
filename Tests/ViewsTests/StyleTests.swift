import Testing
import Views

@Suite struct StyleTests {
    @Test(arguments: [
        (ColorChoice.always, ["NO_COLOR": "1"], false, true), (.never, ["CLICOLOR_FORCE": "1"], true, false),
        (.auto, [:], true, true), (.auto, [:], false, false), (.auto, ["NO_COLOR": "1"], true, false),
        (.auto, ["NO_COLOR": ""], true, true), (.auto, ["CLICOLOR_FORCE": "1"], false, true),
        (.auto, ["CLICOLOR_FORCE": "0"], false, false), (.auto, ["TERM": "dumb"], true, false),
        (.auto, ["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], true, false),
    ])
    func colourIsDecidedByFlagThenEnvironmentThenTerminal(
        _ choice: ColorChoice, _ environment: [String: String], _ isTerminal: Bool, _ expected: Bool
    ) {
        #expect(Style.isColored(choice: choice, environment: environment, isTerminal: isTerminal) == expected)
    }
}
