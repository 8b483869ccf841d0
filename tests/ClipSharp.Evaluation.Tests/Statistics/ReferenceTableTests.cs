using ClipSharp.Evaluation.Statistics;

namespace ClipSharp.Evaluation.Tests.Statistics;

public sealed class ReferenceTableTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,0.75,0.5\n\"B, 16\",0.8,0\n")]
    [InlineData("accuracy_shift\tnote\tmodel\taccuracy_in\n50\tx\tRN50\t75\n0\ty\tB, 16\t80\n")]
    [InlineData("Model;Accuracy_In_Percent;Accuracy_Shift_Percent\nRN50;75;50\nB, 16;80;0")]
    [InlineData("model,accuracy_in_percent,accuracy_shift_share\nRN50,75,0.5\n\"B, 16\",80,0\n")]
    public void Columns_are_found_by_name_and_shares_or_per_cent_by_head_or_values(string text) =>
        Assert.Equal([new ReferenceModel("RN50", 0.75, 0.5), new ReferenceModel("B, 16", 0.8, 0)], Read(text));

    [Fact]
    public void A_share_of_a_per_cent_counts_where_the_head_says_per_cent() => Assert.Equal(0.009,
        Read("model,accuracy_in_percent,accuracy_shift_percent\nRN50,76,0.9\n")[0].AccuracyShift, 1e-15);

    [Theory]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,76,0.9\n", "shares or per cent")]
    [InlineData("model,top1,accuracy_shift\nRN50,76,9\n", "line 1")]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,0.7,0.5\nB16,0.8,many\n", "line 3")]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,0.7\n", "line 2")]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,70,101\n", "101")]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,-1,50\n", "-1")]
    [InlineData("model,accuracy_in,accuracy_shift\nRN50,NaN,50\n", "NaN")]
    [InlineData("model,accuracy_in_share,accuracy_shift_share\nRN50,0.7,2\n", "as the head says")]
    public void What_does_not_fit_is_refused_by_its_line(string text, string named) =>
        Assert.Contains(named, Assert.Throws<ClipException>(() => Read(text)).Message, StringComparison.Ordinal);

    private IReadOnlyList<ReferenceModel> Read(string text)
    {
        File.WriteAllText(_path, text);
        return ReferenceTable.Read(_path);
    }
}
