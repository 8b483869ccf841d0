using ClipSharp.Evaluation.Reports;
using ClipSharp.Retrieval;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Evaluation.Tests.Reports;

public sealed class OutcomeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Outcomes_come_back_as_they_were()
    {
        var outcomes = Whole();
        var hash = OutcomeFile.Write(_folder["a.outcomes.parquet"], outcomes);
        var read = OutcomeFile.Read(_folder["a.outcomes.parquet"], hash);
        Assert.Equal(2, read.Count);
        for (var part = 0; part < 2; part++)
        {
            Assert.Equal(outcomes[part].Part, read[part].Outcomes.Part);
            Assert.Equal(outcomes[part].ClassCount, read[part].Outcomes.ClassCount);
            Assert.Equal(outcomes[part].Groups, read[part].Outcomes.Groups);
            Assert.Equal(outcomes[part].UnitCount, read[part].Outcomes.UnitCount);
            Assert.Equal(outcomes[part].AreIndependent, read[part].Outcomes.AreIndependent);
            for (var row = 0; row < outcomes[part].Count; row++)
            {
                Assert.Equal(outcomes[part][row], read[part].Outcomes[row]);
                Assert.Equal(outcomes[part].Unit(row), read[part].Outcomes.Unit(row));
            }
        }

        Assert.All(read[0].Pictures, Assert.Null);
    }

    [Fact]
    public void The_same_outcomes_give_the_same_bytes()
    {
        Assert.Equal(OutcomeFile.Write(_folder["a"], Whole()), OutcomeFile.Write(_folder["b"], Whole()));
        Assert.Equal(File.ReadAllBytes(_folder["a"]), File.ReadAllBytes(_folder["b"]));
    }

    [Fact]
    public void More_rows_than_a_group_holds_come_back_in_order()
    {
        var many = new Outcomes([.. Enumerable.Range(0, OutcomeFile.GroupRows + 3).Select(i => new Outcome($"{i}"))]);
        var read = OutcomeFile.Read(_folder["a"], OutcomeFile.Write(_folder["a"], [many]))[0].Outcomes;
        Assert.Equal(many.Count, read.Count);
        Assert.All(Enumerable.Range(0, many.Count), row => Assert.Equal($"{row}", read[row].Id));
    }

    [Fact]
    public void A_file_of_another_measurement_is_refused()
    {
        var hash = OutcomeFile.Write(_folder["a"], Whole());
        OutcomeFile.Write(_folder["a"], [new Outcomes([new Outcome("x")])]);
        var error = Assert.Throws<ClipException>(() => OutcomeFile.Read(_folder["a"], hash));
        Assert.Equal(ClipError.Data, error.Kind);
        Assert.Contains("another SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_missing_input() =>
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => OutcomeFile.Read(_folder["none"], "")).Kind);

    [Fact]
    public void Damaged_files_give_one_line()
    {
        var hash = OutcomeFile.Write(_folder["a"], Whole());
        var sound = File.ReadAllBytes(_folder["a"]);
        Mutations.Run(sound, bytes =>
        {
            File.WriteAllBytes(_folder["mutant"], bytes);
            OutcomeFile.Read(_folder["mutant"], hash);
            Assert.True(bytes.AsSpan().SequenceEqual(sound), "a mutant was believed"); // some mutants are the file itself
        }, count: 200);
    }

    [Theory]
    [InlineData(5, 0, 1, "class 5 of 3")]
    [InlineData(0, 7, 1, "class 7 of 3")]
    [InlineData(0, 0, 0, "more things of its own than score the same")]
    public void Rows_that_cannot_be_are_refused_by_their_number(int label, int predicted, int tied, string expected)
    {
        var wrong = new Outcomes([new Outcome("a") { Class = label, Predicted = predicted, Rank = new OwnRank(0, tied, 1) }])
        { ClassCount = 3 };
        var hash = OutcomeFile.Write(_folder["a"], [wrong]);
        var error = Assert.Throws<ClipException>(() => OutcomeFile.Read(_folder["a"], hash));
        Assert.Contains("row 0: " + expected, error.Message, StringComparison.Ordinal);
    }

    private static Outcomes[] Whole() =>
    [
        new Outcomes([.. Enumerable.Range(0, 40).Select(i => new Outcome($"picture {i}")
        {
            Sample = i,
            Class = i % 3,
            Predicted = (i + (i % 2)) % 3,
            Rank = new OwnRank(i % 2, 1 + (i % 4), 1),
            Score = i / 41.0,
            Confidence = 1 / (i + 3.0),
            SquaredError = i * 0.01,
            IsPositive = i % 5 > 0,
            IsIgnored = i % 7 == 0,
            Group = (i % 3) - 1,
        })]) { ClassCount = 3, Groups = ["north", "south"] },
        new Outcomes([.. Enumerable.Range(0, 6).Select(i => new Outcome($"{i}") { Rank = new OwnRank(i, 2, 2) })],
            [0, 0, 1, 1, 2, 2]) { Part = "text_retrieval" },
    ];
}
