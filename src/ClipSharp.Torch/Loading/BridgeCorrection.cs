using System.Buffers.Binary;
using System.Text;

namespace ClipSharp.Torch.Loading;

/// <summary>Makes TorchSharp's bridge library (libLibTorchSharp.so) loadable beside a C++ library older than GCC 13's, such as
/// Debian 12's. It asks for one function of version GLIBCXX_3.4.32, <c>std::ios_base_library_init()</c>, which a static
/// initialiser calls; older libraries initialise their streams by themselves and lack it. In a copy of the file the request
/// is turned to <c>std::get_terminate()</c>, which exists everywhere, takes nothing and changes nothing.</summary>
/// <remarks>The layout is that of the ELF specification (generic ABI, chapter 4) and, for symbol versions, of the Linux
/// Standard Base, chapter 10.7.</remarks>
internal static class BridgeCorrection
{
    /// <summary>The version an old C++ library lacks.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    private const string Missing = "_ZSt21ios_base_library_initv";
    private const string Harmless = "_ZSt13get_terminatev";

    private const uint DynamicSymbols = 11;             // SHT_DYNSYM
    private const uint VersionNeeds = 0x6ffffffe;       // SHT_GNU_verneed
    private const uint SymbolVersions = 0x6fffffff;     // SHT_GNU_versym
    private const ushort WeakVersion = 2;               // VER_FLG_WEAK: the loader warns instead of refusing
    private const ushort AnyVersion = 1;                // VER_NDX_GLOBAL
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const int MaxRecords = 1 << 20;

    /// <summary>A corrected copy of the library.</summary>
    /// <param name="original">The bytes of the file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="ClipException">It is no 64-bit little-endian ELF library, is damaged, or does not ask for exactly that
    /// one function in exactly that version.</exception>
    public static byte[] Correct(ReadOnlySpan<byte> original, string path)
    {
        var file = new Elf(original.ToArray(), path);
        var symbols = file.Section(DynamicSymbols);
        var names = file.Section(symbols.Link, "the names of its symbols");
        var versions = file.Section(SymbolVersions);

        var (flags, index) = FindVersion(file);
        var (symbol, name) = FindSymbol(file, symbols, names);
        RequireOnlyUse(file, versions, symbols.Count(SymbolSize), symbol, index);

        file.Write16(flags, WeakVersion);
        file.WriteText(name, Harmless);
        file.Write16(versions.At(symbol, 2), AnyVersion);
        return file.Bytes;
    }

    /// <returns>Where the needed version keeps its flags, and the index symbols name it by.</returns>
    private static (long Flags, ushort Index) FindVersion(Elf file)
    {
        var needs = file.Section(VersionNeeds);
        var names = file.Section(needs.Link, "the names of its versions");
        var found = new List<(long, ushort)>();
        var need = needs.Offset;
        for (var i = 0u; i < Math.Min(needs.Info, MaxRecords); i++)
        {
            var version = need + file.Read32(need + 8);                   // vn_aux
            for (var left = file.Read16(need + 2); left > 0; left--)      // vn_cnt
            {
                if (file.TextEquals(names, file.Read32(version + 8), Version))
                {
                    found.Add((version + 4, file.Read16(version + 6)));   // vna_flags, vna_other
                }

                version += file.Read32(version + 12);                     // vna_next
            }

            need += file.Read32(need + 12);                               // vn_next
        }

        return found is [var only] ? only : throw file.Bad($"{found.Count} entries for {Version}", "exactly one");
    }

    /// <returns>The symbol's number and where its name stands.</returns>
    private static (int Symbol, long Name) FindSymbol(Elf file, ElfSection symbols, ElfSection names)
    {
        var found = new List<(int, long)>();
        var count = symbols.Count(SymbolSize);
        for (var i = 0; i < count; i++)
        {
            var name = file.Read32(symbols.At(i, SymbolSize));            // st_name
            if (file.TextEquals(names, name, Missing))
            {
                found.Add((i, names.Offset + name));
            }
        }

        return found is [var only] ? only : throw file.Bad($"{found.Count} symbols {Missing}", "exactly one");
    }

    // Were another symbol of that version, it would be missing as well, and found out only when called.
    private static void RequireOnlyUse(Elf file, ElfSection versions, int count, int symbol, ushort index)
    {
        for (var i = 0; i < count; i++)
        {
            if (file.Read16(versions.At(i, 2)) == index != (i == symbol))
            {
                throw file.Bad($"symbol {i} of another version than expected", $"{Version} for {Missing} and for nothing else");
            }
        }
    }

    /// <summary>A part of the file, its bounds checked.</summary>
    private readonly record struct ElfSection(long Offset, long Size, int Link, uint Info)
    {
        public int Count(int recordSize) => (int)Math.Min(Size / recordSize, MaxRecords);

        public long At(int record, int recordSize) => Offset + ((long)record * recordSize);
    }

    /// <summary>The file's bytes with checked reads and writes.</summary>
    private sealed class Elf
    {
        private readonly string _path;
        private readonly long _sections;
        private readonly int _sectionCount;

        public Elf(byte[] bytes, string path)
        {
            (Bytes, _path) = (bytes, path);
            if (!bytes.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8))
            {
                throw Bad("another beginning", "a 64-bit little-endian ELF library");
            }

            _sections = unchecked((long)Read64(40));                      // e_shoff
            _sectionCount = Read16(60);                                   // e_shnum
            if (Read16(58) != SectionSize)                                // e_shentsize
            {
                throw Bad("section headers of another size", $"{SectionSize} bytes each");
            }

            if (_sections < 0 || _sections > bytes.Length - ((long)_sectionCount * SectionSize))
            {
                throw Bad($"{_sectionCount} section headers from byte {_sections}", $"all within its {bytes.Length} bytes");
            }
        }

        public byte[] Bytes { get; }

        /// <summary>The only section of a type.</summary>
        public ElfSection Section(uint type)
        {
            var found = Enumerable.Range(0, _sectionCount).Where(i => Read32(Header(i) + 4) == type).ToList();
            return found is [var only]
                ? Section(only, $"section {only}")
                : throw Bad($"{found.Count} sections of type 0x{type:x}", "exactly one");
        }

        public ElfSection Section(int index, string what)
        {
            if (index <= 0 || index >= _sectionCount)
            {
                throw Bad($"section {index} for {what}", $"one of its {_sectionCount} sections");
            }

            var header = Header(index);
            var (offset, size) = (Read64(header + 24), Read64(header + 32));
            if (offset > (ulong)Bytes.Length || size > (ulong)Bytes.Length - offset)
            {
                throw Bad($"{what} from byte {offset} with {size} bytes", $"a place within its {Bytes.Length} bytes");
            }

            return new((long)offset, (long)size, (int)Read32(header + 40), Read32(header + 44));
        }

        public ushort Read16(long at) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(at, 2));

        public uint Read32(long at) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(at, 4));

        public void Write16(long at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Slice(at, 2), value);

        /// <summary>Writes a text and its ending zero byte.</summary>
        public void WriteText(long at, string text)
        {
            var slot = Slice(at, text.Length + 1);
            Encoding.ASCII.GetBytes(text, slot);
            slot[text.Length] = 0;
        }

        /// <summary>Whether a text of a string table, ended by a zero byte, is the given one.</summary>
        public bool TextEquals(ElfSection table, uint at, string text)
        {
            Span<byte> expected = stackalloc byte[text.Length + 1];
            expected[Encoding.ASCII.GetBytes(text, expected)] = 0;
            return at + (long)expected.Length <= table.Size && Slice(table.Offset + at, expected.Length).SequenceEqual(expected);
        }

        public ClipException Bad(string found, string expected) =>
            new(ClipError.Unavailable, "TorchSharp's library cannot be corrected for this system's C++ library", _path, found,
                expected,
                $"Restore the TorchSharp {LibTorchPlaces.TorchSharpVersion} package, or use a system with GCC 13's C++ library or newer.");

        private ulong Read64(long at) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(at, 8));

        private long Header(int section) => _sections + ((long)section * SectionSize);

        private Span<byte> Slice(long at, int length) =>
            at >= 0 && at <= Bytes.Length - length
                ? Bytes.AsSpan((int)at, length)
                : throw Bad($"a reference to byte {at}", $"one within its {Bytes.Length} bytes");
    }
}
