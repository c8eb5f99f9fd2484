// The commonest passwords of at least eight characters, lower case, compiled in: one of these in any casing is refused.
// Invariant: words of this list hold no blank; the list is read once and never changes while the process runs.
#include <sstream>
#include <string>
#include <unordered_set>

#include "services/auth/domain/password.h"

namespace quittance::auth {
namespace {

constexpr const char* kCommon = R"(
!qaz2wsx !qaz@wsx 00000000 000000000 0000000000 01234567 012345678 0123456789 09876543 098765432 0987654321 10101010 101010101
1029384756 11111111 111111111 1111111111 11223344 1122334455 112233445566 12121212 12131415 123123123 1231231234 123321123
12341234 12344321 1234512345 123454321 1234554321 12345678 123456780 123456781 123456782 123456785 123456788 123456789 1234567890
12345678900 12345678910 1234567899 123456789a 123456789abc 123456789m 123456789q 123456789s 123456789z 12345678a 12345679 1234567a
1234567q 123456aa 123456ab 123456abc 123456asd 123456qw 123456qwe 123456qwerty 12345abc 12345abcd 12345qwert 1234abcd 1234password
1234qwer 123654789 123789456 123abc123 123azerty 123password 123qwerty 12password 13131313 13145200 1314520a 147147147 147258369
147852369 159159159 159357456 159753456 19871987 19901990 19911991 19921992 19951995 1a2b3c4d 1a2s3d4f 1password 1q2w3e4r
1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qaz@wsx 1qazxsw2 1z2x3c4v 20002000 20102010 20202020 20202021 22222222 2222222222
258456123 27182818 31415926 321321321 321654987 33333333 3333333333 42424242 44444444 4444444444 456456456 456789123 5201314520
5201314a 55555555 555555555 5555555555 66666666 666666666 6666666666 69696969 741852963 77777777 777777777 7777777777 789456123
789789789 87654321 88888888 888888888 8888888888 951753852 963852741 987456321 98765432 987654321 9876543210 98989898 99999999
999999999 9999999999 a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 a5201314 aa123456 aa12345678 aaa11111 aaa12345
aaa123456 aaaa1111 aaaaaaaa aabbccdd abc123!! abc12345 abc123456 abc123abc abcabc123 abcd1234 abcd12345 abcd@123 abcde123
abcdef123 abcdefg1 abcdefg123 abcdefgh abcdefghi abcdefghij abdullah access123 access14 admin123 admin1234 admin12345 admin123456
admin@123 admin@1234 adminadmin administrator adriana1 aini1314 ajax1234 alejandra alejandro alessandra alessandro alexander
alexandra alexandre alexis123 alien123 amanda123 amazon123 america1 america123 american amor1234 amorcito amsterdam anderson
andrea123 andreas1 andrew123 angel123 angelbaby angelica angelina angels123 anniversary anthony1 anything anything1 april2024
aqwzsx123 aqwzsxedc argentina arsenal1 arsenal123 as123456 asd12345 asd123456 asd1234567 asd123asd asdasd123 asdasdasd asdf1234
asdf;lkj asdfasdf asdfghjk asdfghjkl asdfjkl; asdqwe123 ashley12 ashley123 assassin assassins asshole1 asshole123 august2024
australia autumn123 autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 avalanche avengers azer1234 azerty12
azerty123 azerty1234 azerty123456 azertyqwerty azertyui azertyuiop azqswxdc babyboy1 babygirl babygirl1 babygirl12 backup123
banana123 bangladesh banking1 barbara1 barcelona barcelona1 bartsimpson baseball baseball1 baseball123 basketball basketball1
batman123 beatles1 beautiful beautiful1 belgique believe1 benjamin berlin123 bestfriend bestfriends beyonce1 bieber123 bigdaddy
bigdog12 biggirl1 billionaire birthday birthday1 bitch123 bitcoin1 bitcoin123 blackberry blackbird blackcat blackjack blahblah
blahblah1 blessed1 blessing blueberry bluebird bluemoon bluesky1 bonjour1 bonjour123 bonjour2024 boyfriend brandon1 brandon123
brasil123 brasil2014 brazil123 brianna1 brittany brooklyn brother1 brother123 brownie1 bruxelles bulldog1 bulldogs bullshit
bullshit1 business business1 buster123 butterfly butterfly1 butterscotch california california1 callofduty calmness1 camaro123
cameron1 cameron123 camille1 canada123 captain1 carolina carolina1 caroline catdog123 catherine champion champion1 changeit
changeme changeme1 changeme123 charles1 charles123 charlie1 charlie123 charlotte cheerleader cheesecake chelsea1 chelsea12
chelsea123 cherry123 chevrolet chicago1 chicken1 chicken123 chocolat chocolat1 chocolate chocolate1 chouchou christ123 christian
christine christmas christmas1 christopher church123 ciaociao cinderella cisco123 cocacola cocacola1 coffee123 college1 colombia
company1 company123 complete computer computer1 contrasena contrasena1 contraseña cookie123 cookies1 corazon1 corazon123
corinthians corvette coucou123 counterstrike courtney courtney1 cowboys1 creditcard cristian cristiano cristiano7 cristina
crystal1 crystal123 cupcake1 daddy123 daddysgirl dakota123 daniel123 daniela1 danielle darkangel database database1 david123
deadpool1 deborah1 december december1 december2024 default1 default123 demo1234 demo12345 destiny1 destiny12 destiny123
deutschland doggy123 dollars1 dolphin1 dolphins dominic1 dominique dorothy1 doudou123 dragon12 dragon123 dragon1234 dragonball
dragonball1 dragonballz drummer1 eagles123 education edward123 elephant elephant1 elizabeth elvis123 elvispresley eminem123
eminem50 england1 england123 esperanza estrella estrella1 eternity ethereum everything example1 facebook facebook1 facebook123
faithful familia1 familia123 family123 fatima123 february february1 fernanda fernando ferrari1 ferrari123 feyenoord flamengo
florida1 flower123 flowers1 football football1 football12 football123 forever1 forever123 forever21 forgotpassword fortnite
fortnite1 forzamilan france98 francesca francesco francois franklin frederick freedom1 freedom123 friday123 friend123 friends1
friends123 ftpuser1 fuckoff! fuckoff1 fuckyou! fuckyou1 fuckyou123 fuckyou2 fussball fussball1 futbol123 gabriel1 gabriela
gabriela1 gabrielle galaxy123 garfield garfield1 geheim123 george123 germany1 ginger123 giovanni girlfriend gladiator goddess1
godfather godisgood godislove goku1234 golden123 goodluck goodluck1 google123 gorgeous greenday greenday1 gregory1 guadalupe
guest123 guest1234 guillaume guitar123 gymnastics hallelujah hallo123 hallo1234 halloween halloween1 hamburg1 hannah123 happiness
happy123 happyday harley12 harley123 harmony1 harrypotter hawaii123 hawaii50 heather1 heather123 heaven123 hellboy1 hello123
hello1234 hello12345 hellohello hellokitty hellokitty1 helloworld hockey123 hogwarts holiday1 holiday123 homer123 homework
honda123 honeybee hongkong hunter12 hunter123 hunter2! hurricane ibrahim1 ilovegod ilovejesus iloveme1 iloveme2 iloveu123 iloveyou
iloveyou! iloveyou1 iloveyou12 iloveyou123 iloveyou2 india123 indonesia infinity infinity1 instagram internet internet1 invest123
iphone123 ireland1 ironmaiden ironman1 ironman123 isabelle island123 jackson1 jackson123 jackson5 january1 jasmine1 jasmine123
jeffrey1 jellybean jennifer jessica1 jesus123 jesus777 jesuschrist jesuslives jetaime1 jetaime123 johnson1 jonasbrothers jonathan
jordan123 jordan23 joshua123 july2024 june2024 jupiter1 justin123 justinbieber juventus juventus1 juventus123 katherine kawasaki
kenneth1 kennwort kennwort1 killer123 kimberly kitten123 kitty123 kittycat ladybird ladybug1 lakers123 lakers24 lamborghini
laughter lawrence leagueoflegends leonardo letmein! letmein1 letmein12 letmein123 letmein1234 li123456 liberty1 library1 lightning
lightning1 linkedin linkedin1 linkinpark liverpool liverpool1 liverpool123 lkjhgfdsa login123 logitech loulou123 love1234
love12345 lovebug1 lovelove loveyou1 loveyou2 lucky123 lucky1234 lucky777 madison1 madison123 madonna1 maggie123 manager1
manchester manutd123 march2024 margaret maria123 mariana1 marie123 mariposa married1 marseille marseille13 master12 master123
master1234 matrix123 matthew1 matthieu maximilian mcdonalds melissa1 melissa123 mercedes mercedes1 messi123 messi1234 metallica
metallica1 mexico123 mexico13 michael1 michael123 michelle mickey123 mickeymouse microsoft midnight midnight1 millionaire
minecraft minecraft1 minecraft123 minnie123 mitchell mnbvcxz1 mnbvcxz123 mohamed1 mohammed mommy123 mommy1234 monday123 money123
money1234 monkey12 monkey123 monkey1234 monkeys1 moonlight motdepasse motdepasse1 motdepasse123 mother123 motherfucker motorola
mountain mountain1 mudar123 muffin123 muhammad musica123 musician mustafa1 mustang1 mustang123 mylove123 mypassword mypassword1
mysecret mysql123 napoli1926 naruto123 natalie1 nathalie nederland neo12345 neptune1 netflix1 newpass1 newpassword newyear1
newyork1 newyork123 nicholas nicolas1 nicole123 nigeria1 nintendo nintendo1 nirvana1 nobody123 nokia123 nopassword nothing1
november november1 november2024 nutella123 ocean123 october1 october2024 office123 office365 onedirection onepiece onepiece1
opensesame oracle123 orange123 p@$$w0rd p@$$word p@ssw0rd p@ssw0rd! p@ssw0rd1 p@ssw0rd12 p@ssw0rd123 p@ssw0rd1234 p@ssword
pa$$w0rd pa$$word pa55w0rd pa55word packers1 pakistan pakistan1 palmeiras pancake1 panther1 panthers paradise paradise1 paris2024
pass1234 pass12345 pass123456 pass@123 pass@1234 passcode passpass passpass1 passphrase passport passw0rd passw0rd! passw0rd1
passw0rd123 password password! password#1 password0 password01 password1 password1! password10 password11 password12 password12!
password123 password123! password1234 password1234! password12345 password123456 password13 password2 password2010 password2011
password2012 password2015 password2016 password2017 password2018 password2019 password2020 password2021 password2022 password2023
password2024 password2025 password2026 password21 password22 password23 password3 password321 password4 password5 password6
password69 password7 password77 password8 password9 password99 password@1 password@12 password@123 passwort passwort1 passwort123
patricia patrick1 patriots patriots1 payment1 payment123 paypal123 peace123 peaceful peaches1 penguin1 penguin123 pepper123
pepsi123 personal philippines phoenix1 phoenix123 pikachu1 pineapple playboy1 playboy123 playgirl playstation playstation1
pocahontas poiuytrewq pokemon1 pokemon123 popcorn1 porsche1 porsche911 portugal portugal1 positive positive1 postgres postgres1
praisegod precious predator princesa princesa1 princess princess1 princess12 princess123 prinzessin private1 private123 public123
puppy123 purple123 pussy123 pussycat q123456789 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q2w3e4r5 qaz123wsx qazwsx123 qazwsxed qazwsxedc
qazwsxedcrfv qq123456 qq123456789 qsdfghjk qsdfghjklm qwe12345 qwe123456 qwe123qwe qweasd123 qweasdzxc qweqwe123 qweqweqwe
qwer1234 qwer12345 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyazerty qwertyui qwertyuiop qwertyuiop123 rachel123
rainbow1 rainbow123 rammstein raymond1 realmadrid realmadrid1 rebecca1 rebecca123 redhorse redrose1 redskins ricardo1 richard1
richard123 rihanna1 robert123 roblox123 rocknroll rockstar rockstar1 rodrigo1 ronaldo1 ronaldo123 ronaldo7 root1234 rootroot
rosebud1 rotterdam russell1 russia123 samantha sample123 samsung1 samsung12 samsung123 santiago santiago1 saopaulo1 sasuke123
saturday saturday1 savannah schalke04 schatz123 school123 science1 scooby123 scoobydoo scoobydoo2 scotland sebastian sebastian1
secret123 secretpassword secure123 security security1 senha123 senha1234 september september1 serenity serenity1 server123
service1 service123 sesame123 sexy1234 sexygirl shadow12 shadow123 silver123 simpsons singapore sister123 sisters1 skateboard
slipknot slipknot1 smile123 smiley123 snapchat snickers snoopy123 snowball snowboard snowflake soccer12 soccer123 softball
soleil123 soleil2024 somebody something something1 sommer123 sonnenschein southafrica southpark spartacus spartan1 spartan117
spiderman spiderman1 spongebob spongebob1 spring123 spring2020 spring2021 spring2022 spring2023 spring2024 spring2025 spring2026
starcraft starfish stargate starlight stars123 startrek starwars starwars1 steelers steelers1 stephanie stephen1 strawberry
student1 student123 subaru123 success1 success123 summer01 summer12 summer123 summer2018 summer2019 summer2020 summer2021
summer2022 summer2023 summer2024 summer2025 summer2026 summer99 sunday123 sunflower sunflower1 sunrise1 sunset123 sunshine
sunshine1 sunshine12 sunshine123 superman superman1 superman123 supernatural superuser supervisor support1 support123 suzuki123
sweetheart sweetie1 sweety123 swimming swordfish swordfish1 sysadmin sysadmin1 teacher1 teacher123 teamo123 teamomucho temp1234
temp12345 temppass tequiero tequiero1 terminator test1234 test12345 test123456 tester123 testing1 testing123 testtest texas123
thailand theodore thepassword thomas123 thunder1 thunder123 thursday thursday1 tiffany1 tigers123 tigger12 tigger123 tinkerbell
tinkerbell1 titanic1 tiziouzou tomorrow tomorrow1 toor1234 topsecret tornado1 toulouse toyota123 trader123 trading1 trading123
trinity1 trinity123 trojan123 trustno1 trustno1! tuesday1 twitter1 undertaker universe university user1234 user12345 vacation
valentin valentina valentina1 valentine valeria1 vanessa1 vanilla1 venezuela veronica veronique victoria victory1 vietnam1
vincent1 vincent123 virginia volleyball wachtwoord wachtwoord1 wang1234 warcraft warriors warriors1 webadmin webmaster wedding1
wednesday welcome! welcome1 welcome12 welcome123 welcome1234 welcome2 welcome2018 welcome2019 welcome2020 welcome2021 welcome2022
welcome2023 welcome2024 welcome2025 welcome2026 welcome@123 welkom01 welkom123 welkom1234 whatever whatever1 whatever123 whatsapp
whitecat wildcats william1 william123 williams windows1 windows10 windows7 winner123 winter01 winter123 winter2018 winter2019
winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 winter2026 woaini123 woaini1314 woaini520 wolverine wrestling
wxcvbn123 xbox360! yamaha123 yankees1 yellow123 yesterday yourpassword youtube1 youtube123 z1x2c3v4 zachary1 zaq!2wsx zaq12wsx
zaq1zaq1 zhang123 zxc123456 zxc123zxc zxcasdqwe zxcvb123 zxcvbn123 zxcvbnm, zxcvbnm,. zxcvbnm1 zxcvbnm123 zxczxczxc
)";

}  // namespace

bool IsCommonPassword(std::string_view password) {
  static const std::unordered_set<std::string> common = [] {
    std::istringstream text(kCommon);
    std::unordered_set<std::string> words;
    for (std::string word; text >> word;) words.insert(word);
    return words;
  }();
  std::string lower(password);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return common.contains(lower);
}

}  // namespace quittance::auth
