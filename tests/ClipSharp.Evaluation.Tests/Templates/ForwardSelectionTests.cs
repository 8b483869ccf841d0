using ClipSharp.Evaluation.Templates;

namespace ClipSharp.Evaluation.Tests.Templates;

public sealed class ForwardSelectionTests
{
    // Two that complete each other, one that is best alone, one that harms.
    private static double Value(IReadOnlyList<int> chosen) =>
        (chosen.Contains(1) && chosen.Contains(2) ? 0.4 : 0) + (chosen.Contains(1) ? 0.1 : 0) + (chosen.Contains(0) ? 0.2 : 0)
        - (chosen.Contains(3) ? 0.05 : 0);

    [Fact]
    public void Each_step_adds_what_helps_most_and_it_ends_when_nothing_does()
    {
        var path = ForwardSelection.Run(4, Value);
        Assert.Equal([0, 1, 2], path.Select(step => step.Template));
        Assert.Equal([0.2, 0.3, 0.7], path.Select(step => Math.Round(step.Value, 12)));
        Assert.Equal(3, ForwardSelection.Peak(path));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(2, 2, 2)]
    [InlineData(4, 4, 3)] // the fourth harms: shown, not selected
    [InlineData(9, 4, 3)]
    public void Steps_that_are_asked_for_are_made_whether_they_help_or_not(int steps, int made, int peak)
    {
        var path = ForwardSelection.Run(4, Value, steps);
        Assert.Equal((made, peak), (path.Count, ForwardSelection.Peak(path)));
    }

    [Fact]
    public void Of_equal_ones_the_first_is_taken()
    {
        Assert.Equal(0, Assert.Single(ForwardSelection.Run(3, _ => 0.5)).Template);
        Assert.Equal(1, ForwardSelection.Peak(ForwardSelection.Run(3, _ => 0.5, 3)));
    }
}
