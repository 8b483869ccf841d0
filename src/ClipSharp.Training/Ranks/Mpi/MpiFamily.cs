namespace ClipSharp.Training.Ranks.Mpi;

/// <summary>How an MPI library names its objects: each family has numbers of its own (mpi.h of each), until all follow the ABI
/// of MPI 5.</summary>
internal enum MpiFamily
{
    /// <summary>Open MPI 4 and 5: objects are addresses of exported symbols.</summary>
    OpenMpi,

    /// <summary>MPICH and those made from it, such as Intel's: integers.</summary>
    Mpich,

    /// <summary>The ABI of MPI 5 (mpi-forum/mpi-abi-stubs): small pointer values.</summary>
    Abi,
}
