// Opens a public audit export of cdp with Go's own golang.org/x/mod/sumdb packages: the checkpoint
// as a signed note, the tiles as a log whose every entry must be proven.
//
//	CDP_AUDIT_EXPORT=<directory made by `cdp audit export`> go test ./...
package go_note

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tiles reads hash tiles of height 8 from the export. Go writes "tile/8/0/000", C2SP "tile/0/000".
type tiles struct {
	t         *testing.T
	directory string
}

func (r tiles) Height() int                         { return 8 }
func (r tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (r tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		out = append(out, read(r.t, r.directory, filepath.FromSlash(name)))
	}
	return out, nil
}

func open(t *testing.T, directory, file string) (tlog.Tree, []byte) {
	t.Helper()
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(t, directory, "vkey"))))
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, directory, file)
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		t.Fatal(err)
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	edited := bytes.Clone(text)
	edited[0] ^= 1
	if _, err := note.Open(edited, note.VerifierList(verifier)); err == nil {
		t.Error("an edited checkpoint was accepted")
	}
	return tree, text
}

func TestExport(t *testing.T) {
	directory := os.Getenv("CDP_AUDIT_EXPORT")
	if directory == "" {
		t.Skip("CDP_AUDIT_EXPORT names no export")
	}
	tree, _ := open(t, directory, "checkpoint")
	hashes := tlog.TileHashReader(tree, tiles{t, directory})
	for n := int64(0); n*256 < tree.N; n++ {
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(min(256, tree.N-n*256))}
		name := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle := read(t, directory, filepath.FromSlash(name))
		for index := n * 256; len(bundle) > 0; index++ {
			length := int(binary.BigEndian.Uint16(bundle))
			leaf := tlog.RecordHash(bundle[2 : 2+length])
			bundle = bundle[2+length:]
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
				t.Fatalf("entry %d: %v", index, err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(directory, "previous-checkpoint")); err != nil {
		return
	}
	older, _ := open(t, directory, "previous-checkpoint")
	if older.N == 0 {
		return // Go proves no continuation of an empty log
	}
	checkConsistency(t, directory, tree, older, hashes)
}

func checkConsistency(t *testing.T, directory string, tree, older tlog.Tree, hashes tlog.HashReader) {
	head, _, _ := strings.Cut(string(read(t, directory, "consistency-proof")), "\n\n")
	var proof tlog.TreeProof
	for _, line := range strings.Split(head, "\n")[1:] {
		bytes, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		var hash tlog.Hash
		copy(hash[:], bytes)
		proof = append(proof, hash)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
		t.Fatal(err)
	}
	own, err := tlog.ProveTree(tree.N, older.N, hashes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range own {
		if own[i] != proof[i] {
			t.Fatalf("hash %d of the consistency proof is not Go's", i)
		}
	}
}
