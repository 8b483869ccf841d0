using ClipSharp.Parts;

namespace ClipSharp.Tests;

public sealed class WorkPartTests
{
    [Fact]
    public void Every_unit_is_of_one_part_and_parts_are_of_equal_size_or_one_more()
    {
        foreach (var count in Enumerable.Range(1, 9))
        {
            foreach (var units in Enumerable.Range(0, 40).Append(int.MaxValue))
            {
                var end = 0;
                foreach (var part in Enumerable.Range(1, count).Select(number => new WorkPart(number, count)))
                {
                    var range = part.Of(units);
                    Assert.Equal(end, range.First);
                    Assert.InRange(range.End - range.First, units / count, (units / count) + 1L);
                    end = range.End;
                }

                Assert.Equal(units, end);
            }
        }
    }

    [Theory]
    [InlineData("2/8", "", "2/8")]
    [InlineData("1/1", "", "1/1")]
    [InlineData("auto", "SLURM_ID=3 SLURM_MIN=1 SLURM_MAX=8 SLURM_COUNT=8", "3/8")]
    [InlineData("auto", "SLURM_ID=0 SLURM_MIN=0 SLURM_MAX=7 SLURM_COUNT=8", "1/8")]
    [InlineData("auto", "SLURM_ID=14 SLURM_MIN=10 SLURM_MAX=16 SLURM_STEP=2 SLURM_COUNT=4", "3/4")]
    [InlineData("auto/8", "JOB_COMPLETION_INDEX=7", "8/8")]
    public void A_part_is_typed_or_told_by_a_job_array(string typed, string environment, string part) =>
        Assert.Equal(part, Parse(typed, environment).ToString());

    [Theory]
    [InlineData("0/8", "", "(--part): found 0/8")]
    [InlineData("9/8", "", "(--part): found 9/8")]
    [InlineData("2", "", "(--part): found 2")]
    [InlineData("-1/8", "", "(--part): found -1/8")]
    [InlineData("1/99999999999", "", "(--part): found 1/99999999999")]
    [InlineData("auto", "", "found neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX")]
    [InlineData("auto", "JOB_COMPLETION_INDEX=3", "found JOB_COMPLETION_INDEX 3, expected how many there are too")]
    [InlineData("auto/3", "JOB_COMPLETION_INDEX=3", "JOB_COMPLETION_INDEX 3 of 3")]
    [InlineData("auto", "SLURM_ID=7 SLURM_MIN=1 SLURM_MAX=7 SLURM_COUNT=3", "an array without gaps")]
    [InlineData("auto/8", "SLURM_ID=1 SLURM_MIN=1 SLURM_MAX=4 SLURM_COUNT=4", "an array without gaps")]
    public void What_is_no_part_is_refused(string typed, string environment, string reason)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(typed, environment));
        Assert.Equal(ClipError.Usage, refusal.Kind);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    // SLURM_ID stands for SLURM_ARRAY_TASK_ID and so on.
    private static WorkPart Parse(string typed, string environment) => WorkPart.Parse(typed, name => environment
        .Replace("SLURM_", "SLURM_ARRAY_TASK_", StringComparison.Ordinal).Split(' ')
        .Where(pair => pair.StartsWith(name + "=", StringComparison.Ordinal)).Select(pair => pair[(name.Length + 1)..])
        .FirstOrDefault());
}
