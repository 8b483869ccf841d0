using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Nccl;
using ClipSharp.Training.RankWorker;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

public sealed class NcclIdFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Processes_without_MPI_meet_by_it()
    {
        var file = new NcclIdFile(_folder["rendezvous/nccl.1.id"]);

        Assert.DoesNotContain(false, NcclRanks.Threads(2, rank =>
        {
            using var ranks = NcclLaunch.Alone(new LaunchedRank("torchrun", rank, 2, rank), StandInNccl.Library,
                NcclRanks.Card(rank), file, _ => { }, _ => { });
            return ranks.LocalSize == 2 && CollectiveContract.Holds(ranks, CPU);
        }));
        Assert.False(File.Exists(file.Path)); // the next start must not find it
    }

    [Theory]
    [InlineData("TORCHELASTIC_RUN_ID=a/b TORCHELASTIC_RESTART_COUNT=2 MASTER_ADDR=n0 MASTER_PORT=1", "nccl.a_b.2.n0.1.id")]
    [InlineData("SLURM_JOB_ID=17 SLURM_STEP_ID=0", "nccl.17.0.id")]
    public void Its_name_is_this_start_s(string variables, string name)
    {
        var values = variables.Split(' ').Select(each => each.Split('=')).ToDictionary(each => each[0], each => each[1]);

        Assert.Equal(Path.Combine("shared", name), NcclIdFile.Of("shared", values.GetValueOrDefault).Path);
    }

    [Fact]
    public void A_first_process_that_does_not_come_is_told()
    {
        var file = new NcclIdFile(_folder["none.id"]);

        Assert.StartsWith($"The first process did not come ({file.Path}): found no such file after 0 s",
            Assert.Throws<ClipException>(() => file.Wait(TimeSpan.Zero)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_length_is_refused()
    {
        var file = new NcclIdFile(_folder["short.id"]);
        File.WriteAllBytes(file.Path, new byte[100]);

        Assert.StartsWith($"The processes cannot meet ({file.Path}): found 100 bytes, expected 128 bytes",
            Assert.Throws<ClipException>(() => file.Wait(TimeSpan.Zero)).Message, StringComparison.Ordinal);
    }
}
