using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ClipSharp.Host;
using ClipSharp.Torch.Loading;
using TorchSharp;

namespace ClipSharp.Torch.Machine;

/// <summary>What this machine and this installation offer, for a person who seeks why something is slow or missing.</summary>
public sealed record SystemReport
{
    /// <summary>ClipSharp's version.</summary>
    public required string ClipSharp { get; init; }

    /// <summary>The .NET runtime.</summary>
    public required string DotNet { get; init; }

    /// <summary>TorchSharp's version.</summary>
    public required string TorchSharp { get; init; }

    /// <summary>The version of the libtorch in use; null when it is not loaded or does not say.</summary>
    public required string? LibTorch { get; init; }

    /// <summary>Why libtorch is not loaded; null when it is.</summary>
    public required string? Problem { get; init; }

    /// <summary>The operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>"X64", "Arm64".</summary>
    public required string Architecture { get; init; }

    /// <summary>The processor's name.</summary>
    public required string Processor { get; init; }

    /// <summary>Logical processors of the machine.</summary>
    public required int ProcessorsSeen { get; init; }

    /// <summary>How many of them this process may use: an affinity and a container's quota count.</summary>
    public required int ProcessorsAllowed { get; init; }

    /// <summary>Threads of one computation in either engine.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads libtorch computes with; null when it is not loaded.</summary>
    public required int? LibTorchThreads { get; init; }

    /// <summary>Vector instructions that matter here.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>Memory this process may use, in bytes; a container's limit counts.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory free now, in bytes; null where the system does not tell.</summary>
    public required long? AvailableMemoryBytes { get; init; }

    /// <summary>The devices.</summary>
    public required IReadOnlyList<DeviceReport> Devices { get; init; }

    /// <summary>The libraries in use, full paths in the order of loading.</summary>
    public required IReadOnlyList<string> Libraries { get; init; }

    /// <summary>See <see cref="Loading.LibTorch.UsesCorrectedCopy"/>.</summary>
    public required bool UsesCorrectedCopy { get; init; }

    /// <summary>What of libtorch was found beyond TorchSharp.</summary>
    public required IReadOnlyList<NativeOperationReport> NativeOperations { get; init; }

    /// <summary>Looks around. It does not fail when libtorch is missing: <see cref="Problem"/> says so.</summary>
    public static SystemReport Collect()
    {
        string? problem = null;
        try
        {
            Loading.LibTorch.EnsureLoaded();
        }
        catch (ClipException refusal)
        {
            problem = refusal.Message;
        }

        var isLoaded = problem is null;
        var (processor, flags) = ProcessorInfo.Read();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new()
        {
            ClipSharp = Version(typeof(SystemReport).Assembly),
            DotNet = RuntimeInformation.FrameworkDescription,
            TorchSharp = LibTorchPlaces.TorchSharpVersion,
            LibTorch = isLoaded ? Loading.LibTorch.Version : null,
            Problem = problem,
            OperatingSystem = RuntimeInformation.OSDescription,
            Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
            Processor = processor,
            ProcessorsSeen = Processors.Seen,
            ProcessorsAllowed = Processors.Allowed,
            Threads = Processors.Threads,
            LibTorchThreads = isLoaded ? torch.get_num_threads() : null,
            InstructionSets = InstructionSetNames(flags),
            MemoryBytes = memory,
            AvailableMemoryBytes = ProcessorInfo.AvailableMemory(),
            Devices = isLoaded ? [new(TorchDevice.Cpu.ToString(), processor, memory), .. CudaDevices.List()] : [],
            Libraries = isLoaded ? Loading.LibTorch.LoadedFiles : [],
            UsesCorrectedCopy = isLoaded && Loading.LibTorch.UsesCorrectedCopy,
            NativeOperations = isLoaded
                ? [.. NativeFunction.All.Select(f => f.Purpose).Distinct()
                    .Select(p => new NativeOperationReport(p, NativeFunction.Serves(p)))]
                : [],
        };
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version!.ToString();

    // Those .NET does not ask for are on Linux's list of flags only.
    private static string[] InstructionSetNames(IReadOnlySet<string> flags) =>
    [
        .. new (string Name, bool IsThere)[]
        {
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-512", Avx512F.IsSupported),
            ("AVX512-BF16", flags.Contains("avx512_bf16")),
            ("AVX512-VNNI", flags.Contains("avx512_vnni")),
            ("AMX-BF16", flags.Contains("amx_bf16")),
            ("AdvSimd", AdvSimd.IsSupported),
            ("SVE", flags.Contains("sve")),
            ("Arm BF16", flags.Contains("bf16")),
        }.Where(set => set.IsThere).Select(set => set.Name),
    ];
}
