import ArgumentParser

@main
struct Kreform: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kreform")
}
