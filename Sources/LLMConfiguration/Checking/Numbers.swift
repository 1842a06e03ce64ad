/// Reads numbers as people write them in decimal; what Swift alone would accept (`nan`, `0x1p3`) is none here.
enum Numbers {
    /// A temperature from 0 to 2.
    static func temperature(_ written: Written) throws(Unusable) -> Double? {
        let isDecimal = written.text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard isDecimal, let number = Double(written.text), number.isFinite else {
            throw Unusable("not a number; give one from 0 to 2")
        }
        guard (0...2).contains(number) else { throw Unusable("outside 0 to 2") }
        return number == 0 ? 0 : number
    }

    /// A number of tokens from 1 to 2,147,483,647 (the wire's and Ollama's integers have 32 bits).
    static func tokens(_ written: Written) throws(Unusable) -> Int? {
        guard let number = Int(written.text) else {
            let isNumber = Double(written.text)?.isFinite ?? false
            throw Unusable("not a whole number\(isNumber ? " of tokens" : ""); give one of at least 1")
        }
        guard number >= 1 else { throw Unusable("below 1; give a whole number of at least 1") }
        guard number <= Int(Int32.max) else { throw Unusable("above \(Int32.max), the largest that can be sent") }
        return number
    }
}
