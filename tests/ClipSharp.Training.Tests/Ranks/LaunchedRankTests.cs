using ClipSharp.Host;
using ClipSharp.Training.Ranks;

namespace ClipSharp.Training.Tests.Ranks;

public sealed class LaunchedRankTests
{
    [Theory]
    [InlineData("RANK=3 WORLD_SIZE=8 LOCAL_RANK=1 MASTER_ADDR=a MASTER_PORT=1", "torchrun", 3, 8, 1)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=0", "Open MPI", 1, 2, 0)]
    [InlineData("PMI_RANK=0 PMI_SIZE=4 MPI_LOCALRANKID=0", "MPICH", 0, 4, 0)]
    [InlineData("SLURM_PROCID=5 SLURM_NTASKS=6 SLURM_LOCALID=2 SLURM_STEP_ID=0", "SLURM", 5, 6, 2)]
    [InlineData("PMI_RANK=1 PMI_SIZE=4 MPI_LOCALRANKID=1 SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_LOCALID=0 SLURM_STEP_ID=0", "MPICH", 1, 4, 1)]
    public void Each_launcher_tells_it(string variables, string launcher, int rank, int size, int local) =>
        Assert.Equal(new LaunchedRank(launcher, rank, size, local), LaunchedRank.Of(Variables(variables)));

    [Theory]
    [InlineData("")]
    [InlineData("RANK=0 WORLD_SIZE=8")] // somebody else's
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=6 SLURM_LOCALID=0")] // the shell of sbatch, before srun
    public void Without_one_there_is_one_process(string variables) => Assert.Null(LaunchedRank.Of(Variables(variables)));

    [Theory]
    [InlineData("PMI_RANK=4 PMI_SIZE=4 MPI_LOCALRANKID=0", "PMI_RANK=4 PMI_SIZE=4 MPI_LOCALRANKID=0")]
    [InlineData("PMI_RANK=one PMI_SIZE=4 MPI_LOCALRANKID=0", "PMI_RANK=one")]
    [InlineData("PMI_RANK=-1 PMI_SIZE=4 MPI_LOCALRANKID=0", "PMI_RANK=-1")]
    public void Variables_that_do_not_go_together_are_refused(string variables, string found)
    {
        var refused = Assert.Throws<ClipException>(() => LaunchedRank.Of(Variables(variables)));

        Assert.Equal(ClipError.Usage, refused.Kind);
        Assert.Contains($"found {found}, expected", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_that_share_a_machine_share_its_processors()
    {
        Assert.Null(ProcessTuning.ThreadsOfShare(Variables("")));
        Assert.Null(ProcessTuning.ThreadsOfShare(Variables("OMPI_COMM_WORLD_LOCAL_SIZE=1")));
        if (Processors.Allowed == Processors.Seen) // else each has its own already
        {
            Assert.Equal(Math.Max(1, Processors.Allowed / 2), ProcessTuning.ThreadsOfShare(Variables("MPI_LOCALNRANKS=2")));
            Assert.Equal(1, ProcessTuning.ThreadsOfShare(Variables("LOCAL_WORLD_SIZE=1000")));
        }
    }

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('='))
            .ToDictionary(each => each[0], each => each[1]);
        return values.GetValueOrDefault;
    }
}
