using System.Runtime.CompilerServices;
using ClipSharp.Torch.Native;

namespace ClipSharp.Torch.Tests.Native;

/// <summary>A test may use TorchSharp before anything of ClipSharp.Torch: libtorch must be loaded by then.</summary>
internal static class LoadLibTorch
{
    [ModuleInitializer]
    internal static void Load() => LibTorch.EnsureLoaded();
}
