using ClipSharp.Training.Optimization.Sharing;

namespace ClipSharp.Training.Tests.Ranks;

public sealed class ShardPlanTests
{
    [Theory]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(7, true)]
    [InlineData(3, false)]
    public void Every_number_is_one_process_s(int processes, bool cuts)
    {
        long[] lengths = [1, 40_000, 5, 8_192, 100_003, 1];
        var plan = new ShardPlan(lengths, processes, cuts);

        var owned = lengths.Select(length => new int[length]).ToArray();
        for (var rank = 0; rank < processes; rank++)
        {
            Assert.All(plan.Of(rank), piece =>
            {
                Assert.True(cuts ? piece.Start % ShardPlan.Grain == 0 : piece.Count == lengths[piece.Parameter]);
                for (var number = piece.Start; number < piece.Start + piece.Count; number++)
                {
                    owned[piece.Parameter][number]++;
                }
            });
        }

        Assert.All(owned, numbers => Assert.All(numbers.Distinct(), count => Assert.Equal(1, count)));
        if (cuts)
        {
            Assert.InRange(plan.Length, lengths.Sum() / processes, (lengths.Sum() / processes) + (2 * ShardPlan.Grain));
        }
    }

    [Fact]
    public void Windows_together_are_the_whole_share()
    {
        var plan = new ShardPlan([10_000, 3, 20_000], 2, cuts: true);
        for (var rank = 0; rank < 2; rank++)
        {
            var places = new List<long>();
            for (long start = 0; start < plan.Length; start += 1_000)
            {
                places.AddRange(plan.In(rank, start, 1_000).SelectMany(part =>
                    Enumerable.Range(0, (int)part.Part.Count).Select(i => start + part.Place + i)));
            }

            Assert.Equal(Enumerable.Range(0, (int)plan.Of(rank).Sum(piece => piece.Count)).Select(i => (long)i), places);
        }
    }

    [Fact]
    public void More_processes_than_pieces_leave_some_with_nothing() =>
        Assert.Equal(5, Enumerable.Range(0, 6).Sum(rank => new ShardPlan([5], 6, cuts: true).Of(rank).Sum(piece => piece.Count)));
}
