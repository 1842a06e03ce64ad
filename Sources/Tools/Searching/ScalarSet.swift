/// Some characters, or all but some.
struct ScalarSet: Sendable, Equatable {
    private var ranges: [ClosedRange<UInt32>] = []
    /// Whether it holds what is not in it.
    var isInverted = false

    /// Takes in a range, in whatever order its ends come.
    mutating func insert(_ first: Unicode.Scalar, _ last: Unicode.Scalar) {
        ranges.append(min(first.value, last.value)...max(first.value, last.value))
    }

    /// Takes in all that another set holds.
    mutating func insert(_ other: ScalarSet) {
        ranges += other.isInverted ? other.gaps : other.ranges
    }

    /// Takes in the other case of each ASCII letter and of each single letter that has one.
    mutating func insertOtherCases() {
        for range in ranges {
            for value in range.prefix(512) {
                guard let scalar = Unicode.Scalar(value) else { continue }
                for other in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                    let scalars = other.unicodeScalars
                    if scalars.count == 1, let other = scalars.first, other != scalar { insert(other, other) }
                }
            }
        }
    }

    /// Whether a character is in it.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        for range in ranges where range.contains(scalar.value) { return !isInverted }
        return isInverted
    }

    private var gaps: [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10ffff { gaps.append(next...0x10ffff) }
        return gaps
    }
}
