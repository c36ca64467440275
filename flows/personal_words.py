"""The words that tell personal data from the rest of a message: data for flows/stripping.py and its helpers.

None of these lists can be complete. What they miss is why a person reads every message before it is used.
"""

# After these comes a name, whatever it looks like. Matched on whole words, capitals or not.
NAME_FOLLOWS = (
    *("my name is", "my names", "my name's", "my full name is", "the name is", "the names", "names is"),
    *(
        "his name is",
        "her name is",
        "their name is",
        "name is",
        "first name",
        "surname",
        "surname is",
        "name:",
    ),
    *("me llamo", "mi nombre es", "je m'appelle", "je mappelle", "mon nom est", "ich heiße", "ich heisse"),
    *("mein name ist", "mam na imię", "mam na imie", "nazywam się", "nazywam sie", "mă numesc", "ma numesc"),
    *("numele meu este", "numele meu e", "mă cheamă", "ma cheama", "mi chiamo", "me chamo", "o meu nome é"),
    *("meu nome é", "mano vardas", "mani sauc", "benim adım", "adım", "меня зовут", "моё имя", "мое имя"),
    *(
        "мене звати",
        "mera naam",
        "mera nam",
        "ਮੇਰਾ ਨਾਮ",
        "ਮੇਰਾ ਨਾਂ",
        "मेरा नाम",
        "میرا نام",
        "اسمي",
        "tên tôi là",
    ),
)
# After these a name may come, or anything else.
NAME_MAY_FOLLOW = (
    *("i'm", "im", "i am", "called", "named", "speak to", "spoke to", "speak with", "spoke with", "ask for"),
    *("contact", "known as", "goes by", "jestem", "sunt", "soy", "je suis", "ich bin", "sono", "sou"),
)
# After these mostly anything else.
NAME_SELDOM_FOLLOWS = (
    *("it's", "its", "it is", "this is", "he's", "hes", "he is", "she's", "shes", "she is", "tu", "tutaj"),
)
TITLES = ("mr", "mrs", "mx", "messrs", "prof", "cllr", "madame")
# Titles that may be something else: "i miss the bus".
TITLES_OR_WORDS = ("miss", "ms", "dr", "pc")
# Titles that mostly are something else: only capitals or a given name after them are one.
WORDS_OR_TITLES = (
    *(
        "professor",
        "councillor",
        "rev",
        "reverend",
        "doctor",
        "sir",
        "lady",
        "lord",
        "pcso",
        "sgt",
        "sergeant",
    ),
    *(
        "inspector",
        "aunt",
        "auntie",
        "uncle",
        "nurse",
        "father",
        "señor",
        "señora",
        "senora",
        "sra",
        "monsieur",
    ),
    *("mme", "herr", "frau", "pan", "pani", "domnul", "doamna", "signor", "signora"),
)
RELATIVES = (
    *("husband", "wife", "son", "daughter", "sons", "daughters", "brother", "sister", "mum", "mam", "mom"),
    *("dad", "mother", "father", "nan", "gran", "grandson", "granddaughter", "grandad", "cousin", "nephew"),
    *("niece", "partner", "boyfriend", "girlfriend", "ex", "fiance", "fiancé", "friend", "mate", "neighbour"),
    *("neighbours", "neighbor", "landlord", "landlady", "tenant", "lodger", "carer", "boss", "manager"),
    *("colleague", "teacher", "lad", "baby", "stepdad", "stepson", "uncle", "aunt", "auntie"),
)
SIGN_OFFS = (
    *("kind regards", "regards", "many thanks", "thanks", "thank you", "cheers", "yours", "best wishes"),
    *("sincerely", "yours sincerely", "yours faithfully", "faithfully", "best", "love", "ta", "xx", "x"),
    *("signed", "sent by", "from"),
)

_GIVEN = """
adam adrian agnieszka ahmed aisha alan aleksander alexander alexandra alexandru ali alice alina amanda
amelia amina amir amrit amy ana ananya andrea andreea andrei andrew andrzej andy angela anna anne annie
anthony anton antonio archie arjun arthur asha ayesha barbara barry beata ben benjamin bernard beth bethany
bev beverley bilal bogdan brenda brian bridget bronwyn callum cameron carl caroline catherine cathy charles
charlie charlotte cheryl chloe chris christine christopher claire clare clive colin connor craig cristian
cristina daniel daniela danny darren dave david dawid deborah debbie denise dennis derek diana diane dominic
donald donna doreen dorota dorothy doug douglas dylan eddie edith edward eileen elaine eleanor elena
elizabeth ella ellen ellie elsie emily emma eric ethan eva evie ewa fatima fiona florence florin frances
francis freddie gabriela gareth gary gavin gemma geoff geoffrey george georgia geraldine gerald gillian
gloria gordon graham greg gregory grzegorz gurpreet hamza hannah hans harjit harpreet harriet hasan hassan
hazel heather helen henry howard hussain ian ibrahim imran ioana irene isaac isabella ishaan isla ivan iwona
jackie jacob jacqueline jake jakub james jamie jan jane janet janice jaroslaw jasmine jason jaswinder jayne
jean jeff jeffrey jennifer jenny jeremy jerzy jessica jill jim jimmy joan joanna joanne joe john johnny
jonathan jose joseph josephine josh joshua joyce juan judith julia julie julian june justin kamil karen karl
karolina kasia katarzyna kate katherine kathleen kathryn katie kayleigh keith kelly kenneth kerry kevin
khalid kiran krzysztof kuldeep kyle laura lauren leah leanne lee len leo leon leonard lesley leslie lewis
liam lily linda lisa liz lorraine louis louise lucas lucy luke lukasz lynn lynne maciej maggie magdalena
malcolm malgorzata manjit marcin marek margaret maria marian marie marilyn marion mariusz martin martyn mary
maryam mateusz matt matthew maureen maurice megan mehmet mia michael michal michelle mick mihaela mihai mike
mohammad mohammed mohamed moira molly monica monika muhammad muriel nadia naomi natalia natalie natasha neil
nicola nicolae nicole nigel noah nora norman oleksandr olena olga oliver olivia omar owen pamela patricia
patrick paul paula pauline pawel peter phil philip phillip phoebe phyllis piotr poppy priya rachel radu
rajesh ralph raymond rebecca reece rhys ricardo richard ricky rita robert roger ron ronald rosemary ross roy
russell ruth ryan sally sam samantha samuel sandra sanjay sara sarah scott sean sebastian shane shannon
sharon shaun sheila shirley sian silvia simon sinead singh siobhan sofia sophia sophie stacey stanley stefan
stella stephanie stephen steve steven stewart stuart sukhdev sunita susan suzanne sylvia tadeusz tamara
tania tariq tatiana teresa terry theo thomas tiffany tim timothy tina toby tom tomasz tommy tony tracey
tracy trevor tristan tyler usman valerie vanessa vasile vera veronica vicky victoria vikram vincent viorel
wayne wendy william willow wojciech yasmin yusuf yvonne zachary zainab zara zofia zoe kev daz gaz baz shaz
kaz jez tez trish babs steph becky jayden kayden brayden aiden ayden logan riley tyrone leroy ashley
courtney nathan nathaniel nicholas aaron abdul abdullah abigail alfie alisha amrita anita anya arlo audrey
benny billy bradley brandon bruce bryan cara carla carly cassie cerys chantelle charmaine clara clifford
cody connie corey curtis cynthia damian darcy daryl deepak dexter diego dominik duncan edwin elijah elliot
elliott emilia enzo erin esme esther eugene evan evelyn ezra faisal farah felix fergus finlay finn francesca
fred freya gayle georgina gerard gina giovanni gwen hamish harold harvey hayley heidi hollie hugh hugo
imogen ingrid iqbal ismail jaime jared jemma jerome jess jo jodie joel jonas jordan josie kai karim kath
katy kayla keeley keira kendra kieran kim kirsty kristina kurt lara leila lena lexi libby lillian lois lola
louisa luca lucia lydia mabel maddison madison malik marcus marlon marvin maya mel melanie melissa mikey
milly mitchell mohamud morgan nadeem nasreen nikhil nikki norma oscar otis paige parveen patsy pedro petra
pippa quentin rafael raj ramesh rashid ravi rebekah reggie reuben rhiannon rohan rosa rosie rupert sadia
safiya salma sanjeev selina seth shabana shazia shelley sheryl sid simone sonia sonya suki surinder suzie
sylvie tahir tanya tasha ted tess theresa toni travis troy ursula vijay viv wesley winston xander yasmine
zac zach zak zoya
"""
# Given names that stand for nothing else in a resident's message: hidden wherever they stand.
GIVEN_NAMES = frozenset(_GIVEN.split()) - {
    "june",
    "jean",
    "hazel",
    "heather",
    "lily",
    "poppy",
    "willow",
    "georgia",
}
_FAMILY = """
adams ahmed ali allen anderson andrews bailey baker barnes begum bell bennett brown butler campbell carter
chapman clark clarke collins cook cooper cox davies davis dixon edwards ellis evans fisher foster fox gibson
graham grant gray green griffiths hall harris harrison harvey hill holmes hughes hunt hussain hussein
ionescu jackson james jenkins johnson jones kaur kelly khan king knight kowalski kumar lee lewis lloyd
marshall martin mason matthews miller mills mitchell moore morgan morris murphy murray nowak owen palmer
parker patel pearce phillips popa popescu powell pratt price reid reynolds richards richardson roberts
robertson robinson rogers rose russell scott shah sharma shaw simpson singh smith stevens stewart taylor
thomas thompson thomson turner walker ward watson webb west white wilkinson williams williamson wilson wood
wright young
"""
# Family names that follow a given name in small letters: "kev pratt".
FAMILY_NAMES = frozenset(_FAMILY.split())
# Given names that are words too: hidden only where something says that a name is meant, or a surname follows.
GIVEN_OR_WORDS = frozenset(
    """
    june jean hazel heather lily poppy willow georgia mark will bill rob bob jack rose grace hope may april
    dawn joy faith ray guy dean frank harry penny holly ivy jade ruby amber robin drew nick pat ken sky
    summer victor max pete don art gene iris daisy violet olive pearl sandy rich miles ash chase josh dale
    glen heath kit lance dot mason austin bailey rowan jasper chelsea grant perry warren spencer skye brad
    sue gill carol ion
    """.split()
)

# Never a name by themselves, so that a guess stops here. Also what ends a name that has begun.
NOT_A_NAME = frozenset(
    """
    a about above abused actually afraid after again against all alone also always am an and angry annoyed
    any anyone anything are around as ask asked asking at away awful back bad be because been before behind
    being below best better between big bit blind blocked bored both broken but by call called came can
    cannot cant car caravan caravans cars child children close cold coming concerned confused could council
    county crime cross customer cut cyclist dangerous day days deaf did didnt different difficult dirty
    disabled disgusted do does doesnt doing done dont down driver due during each easy elderly else ended
    english even ever every everyone everything far farmer father fed few fine first for found free from
    full fully fuming get getting girl glad go going gone good got great had half happy hard has hate have
    having he hear hello help helping her here hers hi him his homeless horrible how however hurt i id if
    ill im in innocent inside interested into is isnt it its ive just keen kind know last late later left
    less lets like living local lonely lost lot loud low mad many married maybe me mean member mine more
    most mother moving much must my myself near need nervous never new next nice no nobody none normal not
    nothing now number of off ok okay old on once one only open or other our out outside over own owner part
    past patient pensioner people person phone please police poor possible probably problem quite ready real
    really recently report resident retired right ringing road rude rural safe same saw scared seen serious
    she shocked should sick since single small so some somebody someone something sometimes soon sorry
    speaking stable standing started still stop stressed student stuck stupid such suppose supposed sure
    tenant terrible terrified than thank thanks that thats the their them then there theres these they
    theyre thing things think this those three tired to today together told tomorrow tonight too trapped
    true trying two under unhappy unsafe unsure until up upset urgent us use used useless van vans very
    victim victims vulnerable waiting walking want wanted was watching we weird welcome well went were what
    when where which while who whose why wide widow will wish with without witness woman wondering work
    worried worse worth would writing wrong year years yes yesterday yet you young your yours yourself
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december christmas easter england english britain british wales welsh
    scotland scottish ireland irish uk polish romanian romania poland indian pakistani muslim christian
    european facebook whatsapp google amazon ebay tesco asda aldi lidl sainsburys morrisons vinted paypal
    netflix royal mail nhs dvla hmrc rspca aa bbc neighbourhood watch horse crown court trading standards
    action fraud crimestoppers citizens advice church school station park green hill lane street avenue
    drive way north south east west old great little upper lower parish district borough officer officers
    team commissioner chief constable bank holiday bonfire night good morning afternoon evening dear hiya
    hey land rover ford transit vauxhall toyota nissan bmw audi mercedes honda yamaha kawasaki suzuki
    volkswagen range rover fiesta focus golf corsa polo sprinter iphone samsung android apple microsoft
    windows post office high town centre center sports community village hall common canal river brook wood
    woods covid gypsy four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred industrial
    estate retail business trading gypsies traveller travellers
    """.split()
)

ROADS = (
    *("road", "rd", "street", "st", "lane", "ln", "avenue", "ave", "close", "drive", "crescent", "cres"),
    *("court", "ct", "gardens", "gdns", "terrace", "terr", "grove", "hill", "walk", "row", "square", "sq"),
    *("rise", "mews", "parade", "croft", "meadow", "meadows", "wharf", "boulevard", "blvd", "way", "place"),
    *(
        "view",
        "approach",
        "path",
        "green",
        "park",
        "end",
        "bank",
        "yard",
        "fields",
        "leys",
        "piece",
        "mead",
        "orchard",
    ),
)
# What is counted or measured: a number before one of these is no house number.
COUNTED = frozenset(
    """
    caravan caravans vehicle vehicles car cars van vans people persons person men man women woman kid kids
    child children lad lads boy boys girl girls youth youths teenager teenagers horse horses pony ponies
    donkey donkeys dog dogs cat cats sheep cow cows cattle lamb lambs tent tents bike bikes quad quads
    motorbike motorbikes moped mopeds trailer trailers lorry lorries truck trucks camper campers motorhome
    motorhomes pickup pickups generator generators adult adults family families mile miles metre metres
    meter meters yard yards foot feet ft km m inch inches acre acres minute minutes min mins hour hours hr
    hrs day days week weeks wk wks month months year years yr yrs am pm oclock time times bag bags bottle
    bottles tyre tyres fire fires officer officers night nights more other others big small large black
    white red blue grey silver green and or to of x pence p pounds quid percent or so odd plus different
    parked new old
    """.split()
)
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
BORN = (
    *(
        "date of birth",
        "dob",
        "d.o.b.",
        "d.o.b",
        "d o b",
        "birth date",
        "birthdate",
        "birthday",
        "born on",
        "born",
    ),
    *(
        "data urodzenia",
        "urodzony",
        "urodzona",
        "data nașterii",
        "data nasterii",
        "născut",
        "nascut",
        "născută",
    ),
    *("fecha de nacimiento", "nacido", "nacida", "date de naissance", "né le", "née le", "geburtsdatum"),
    *("geboren", "data di nascita", "nato il", "nata il", "data de nascimento", "дата рождения"),
)
ADDRESS_FOLLOWS = (
    *("my address is", "my address:", "address is", "address:", "mój adres to", "moj adres to", "mój adres"),
    *(
        "adresa mea este",
        "adresa mea",
        "mi dirección es",
        "mi direccion es",
        "mon adresse est",
        "mon adresse",
    ),
    *("meine adresse ist", "il mio indirizzo è", "o meu endereço é", "adresim", "мой адрес", "mera pata"),
)
MAIL_HOSTS = (
    *("gmail", "googlemail", "hotmail", "outlook", "yahoo", "ymail", "icloud", "aol", "btinternet", "live"),
    *(
        "msn",
        "protonmail",
        "proton",
        "sky",
        "virginmedia",
        "talktalk",
        "ntlworld",
        "me",
        "mac",
        "wp",
        "onet",
        "o2",
    ),
)
SPOKEN_DIGITS = (
    "zero",
    "oh",
    "o",
    "nought",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
SPOKEN_NUMBERS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *(
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
    ),
    *("sixty", "seventy", "eighty", "ninety"),
)
